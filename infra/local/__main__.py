"""Start the embedded cloud: `python -m infra.local up --state .huichang [--port N]`."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
from pathlib import Path

from infra.local.cloud import ALREADY_RUNNING, REPOSITORY, AlreadyRunningError, Options, StartError, Supervisor
from infra.local.package import DeployError
from infra.opensearch.node import NodeError, SearchNode, free_port


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start and serve until Ctrl-C or SIGTERM")
    up.add_argument("--state", type=Path, default=Path(".huichang"), help="folder that keeps everything (%(default)s)")
    up.add_argument("--port", type=int, help="the front door's port; without it 8200 if free, else any")
    up.add_argument("--template", type=Path, default=REPOSITORY / "template.yaml")
    up.add_argument("--search", default="sqlite", help='"sqlite", "opensearch" (a node of its own is started), or a node\'s address')
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
    # A signal during the start ends it in order: children are stopped, the lock is released.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.search != "opensearch":
        return serve(options, options.search)
    try:
        print("starting an OpenSearch node …", flush=True)
        with SearchNode(port=kept_port(options.state), data=options.state / "opensearch") as node:
            return serve(options, node.url)
    except NodeError as error:
        print(f"could not start the search node: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def kept_port(state: Path) -> int:
    """The node's port of this state folder: the same at every start, as what was deployed names it."""
    record = state / "opensearch.port"
    state.mkdir(parents=True, exist_ok=True)
    port = int(record.read_text()) if record.exists() else free_port()
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:  # somebody else took it meanwhile
            port = free_port()
    record.write_text(str(port))
    return port


def serve(options: argparse.Namespace, search: str) -> int:
    """Start the cloud with this search endpoint and serve until it is told to end."""
    supervisor = Supervisor(
        Options(
            state=options.state,
            template=options.template,
            port=options.port,
            search=search,
            model_base_url=options.model_base_url,
            model_api_key=options.model_api_key,
            model_faults=options.model_faults,
            parameters=dict(entry.split("=", 1) for entry in options.parameter),
            slots=options.slots,
        )
    )
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
