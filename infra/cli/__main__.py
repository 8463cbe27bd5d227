"""`python -m infra.cli` where the `huichang` script is not installed."""

from infra.cli.main import app

if __name__ == "__main__":
    app(prog_name="huichang")
