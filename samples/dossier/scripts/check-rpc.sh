#!/usr/bin/env bash
# Compares both endpoints; their URLs come from the environment.
set -u
ask() {
  curl -sS --max-time 10 -H "Content-Type: application/json" --data "$2" "$1"
}
for url in "$RPC_FIRST" "$RPC_SECOND"; do
  ask "$url" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getGenesisHash\",\"params\":[]}" || exit 1
  ask "$url" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getLatestBlockhash\",\"params\":[]}" || exit 1
  ask "$url" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getSlot\",\"params\":[]}" || exit 1
  ask "$url" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getAccountInfo\",\"params\":[\"$PROGRAM_ID\"]}" || exit 1
done >answers.ndjson
node scripts/compare-answers.js answers.ndjson || exit 1
