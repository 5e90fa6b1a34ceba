import { expect, test } from 'vitest'
import { countSignals } from '../../cli/terminal/count-signals.ts'
import { ManualClock } from '../faults/manual-clock.ts'

test('the first signal stops, a copy of it that npm passes on changes nothing, and a second one ends', async () => {
  const clock = new ManualClock()
  const done: string[] = []
  const onSignal = countSignals(clock, { stop: () => done.push('stop'), end: () => done.push('end') })

  onSignal()
  await clock.advance(499)
  onSignal()
  expect(done).toEqual(['stop'])
  await clock.advance(1)
  onSignal()
  expect(done).toEqual(['stop', 'end'])
})

test('npm start and npm run prism leave no shell between npm and the process, which would keep signals from it', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })

  for (const name of ['start', 'prism'] as const) expect(manifest.scripts[name]).toMatch(/^exec node dist\/prism\.js/)
})
