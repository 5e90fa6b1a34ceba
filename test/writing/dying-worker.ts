import { parentPort } from 'node:worker_threads'

/** A worker whose process fails it as soon as it has something to do. */
parentPort!.on('message', () => process.exit(7))
