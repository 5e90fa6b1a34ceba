import { parentPort } from 'node:worker_threads'

/** A worker that exits when it receives its first task. */
parentPort!.on('message', () => process.exit(7))
