#!/usr/bin/env bash
# Runs the contract suites, and the bundled functions, against LocalStack, started from compose.yaml and stopped afterwards.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! docker compose version >/dev/null 2>&1; then
  echo 'LocalStack needs Docker with its compose plugin, which is not here: nothing was tested' >&2
  exit 1
fi
trap 'docker compose down --volumes' EXIT
docker compose up --detach --wait
AWS_ENDPOINT_URL=http://127.0.0.1:4566 npx vitest run --project servers \
  test/servers/aws-endpoint test/functions
