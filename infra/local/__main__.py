"""Start the embedded cloud: `python -m infra.local up --state .huichang [--port N]`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from infra.local.cloud import ALREADY_RUNNING, REPOSITORY, AlreadyRunningError, Options, StartError, Supervisor
from infra.local.package import DeployError


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start and serve until Ctrl-C or SIGTERM")
    up.add_argument("--state", type=Path, default=Path(".huichang"), help="folder that keeps everything (%(default)s)")
    up.add_argument("--port", type=int, help="the front door's port; without it 8200 if free, else any")
    up.add_argument("--template", type=Path, default=REPOSITORY / "template.yaml")
    up.add_argument("--search", default="sqlite", help='"sqlite", or the address of an OpenSearch node')
    up.add_argument("--model-base-url", help="an OpenAI-compatible endpoint instead of the local model server")
    up.add_argument("--model-api-key", default="local")
    up.add_argument("--model-faults", type=json.loads, help="JSON for the local model server's fault injection")
    up.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="a template parameter")
    up.add_argument("--slots", type=int, default=6, help="Lambda handlers that run at a time (%(default)s)")
    up.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    return parser.parse_args(arguments)


def main() -> int:
    """Run a command. Exit status 3 when the state folder is already being served, 1 when it does not start."""
    options = parse()
    supervisor = Supervisor(
        Options(
            state=options.state,
            template=options.template,
            port=options.port,
            search=options.search,
            model_base_url=options.model_base_url,
            model_api_key=options.model_api_key,
            model_faults=options.model_faults,
            parameters=dict(entry.split("=", 1) for entry in options.parameter),
            slots=options.slots,
        )
    )
    # A signal during the start ends it in order: children are stopped, the lock is released.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        runtime = supervisor.start()
    except AlreadyRunningError as error:
        print(error, file=sys.stderr)
        return ALREADY_RUNNING
    except (StartError, DeployError) as error:
        print(f"could not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"console   {runtime['console']}")
    print(f"front     {runtime['url']}")
    print(f"aws       {runtime['aws']}  (region {runtime['region']}, any credentials)")
    print(f"models    {runtime['model_url']}")
    print(f"state     {runtime['state']}")
    seconds = runtime["seconds_to_start"]
    print(f"started in {seconds} s; Ctrl-C ends it, and the next start goes on from here", flush=True)
    supervisor.run(parent_pipe=options.with_parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
