#!/usr/bin/env node
import { systemClock } from '../core/system-clock.ts'
import { runCommandLine } from './run-command-line.ts'
import type { Terminal } from './terminal/command.ts'
import { countSignals } from './terminal/count-signals.ts'
import { explain } from './terminal/explain.ts'

const terminal = openTerminal()
try {
  process.exitCode = await runCommandLine(process.argv.slice(2), terminal)
} catch (error) {
  process.stderr.write(`prism: ${explain(error)}\n`)
  process.exitCode = 1
}
// An aborted process does not wait for running work.
if (terminal.signal.aborted) process.exit()

function openTerminal(): Terminal {
  const stop = new AbortController()
  const onSignal = countSignals(systemClock, { stop: () => stop.abort(), end: () => process.exit(1) })
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // A reader such as `head` that closes the pipe early is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return { env: process.env, out: process.stdout, err: process.stderr, in: process.stdin, signal: stop.signal }
}
