// The local chain's process: runs one Surfpool network until its parent goes away.
//
// usage: node surfnet.cjs PACKAGE_FOLDER CONFIG_JSON
// Prints one line of JSON, {"rpc": URL, "ws": URL}, once the node answers, and stops when
// standard input closes. The parent holds the other end of that pipe, so the node ends with
// it however it ends, a kill -9 included.
'use strict';

const [folder, config] = process.argv.slice(2);
const { Surfnet } = require(folder);
const net = Surfnet.startWithConfig(JSON.parse(config));

function leave() {
  try {
    net.stop();
  } finally {
    process.exit(0);
  }
}

process.stdin.on('end', leave);
process.stdin.on('close', leave);
process.stdin.resume();
process.on('SIGTERM', leave);
process.on('SIGINT', leave);

// Undrained events pile up in the node's memory.
setInterval(() => net.drainEvents(), 1000);

process.stdout.write(JSON.stringify({ rpc: net.rpcUrl, ws: net.wsUrl }) + '\n');
