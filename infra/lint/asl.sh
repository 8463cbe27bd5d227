#!/usr/bin/env bash
# asl-validator (npm) on both machines. Substitutions are quoted, so the files parse before substitution; the validator
# wants ARNs in their places, hence the sed.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for machine in statemachines/*.asl.yaml; do
  sed -E 's/\$\{([A-Za-z]+)\}/arn:aws:lambda:us-east-1:123456789012:function:\1/' "$machine" > "$out/$(basename "$machine" .yaml).yml"
done
for machine in "$out"/*.yml; do
  npx --yes asl-validator@4.0.0 --yaml-path "$machine"
done
