import { expect, test } from 'vitest'
import { UnavailableError } from '../../core/errors.ts'
import { hedgedTransport } from '../../core/transport/hedged-transport.ts'
import type { LeafTransport } from '../../core/transport/leaf-transport.ts'
import { ManualClock } from '../faults/manual-clock.ts'

const NEVER = new AbortController().signal
const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (answer: Uint8Array) => new TextDecoder().decode(answer)

/** A leaf whose answers a test gives one by one. */
class HeldLeaf implements LeafTransport {
  readonly size = 1
  readonly asked: { answer(text: string): void; fail(why: string): void; readonly signal: AbortSignal }[] = []

  send(_leaf: number, _request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        answer: (text) => resolve(bytes(text)),
        fail: (why) => reject(new UnavailableError('leaf_failed', why)),
        signal,
      })
    })
  }
}

/** A hedged leaf that has answered 20 requests in 10 ms each. */
async function openWarm(): Promise<{ base: HeldLeaf; leaf: LeafTransport; clock: ManualClock }> {
  const [base, clock] = [new HeldLeaf(), new ManualClock()]
  const leaf = hedgedTransport(base, clock)
  for (let i = 0; i < 20; i++) {
    const sent = leaf.send(0, bytes('?'), NEVER)
    await clock.advance(10)
    base.asked.pop()!.answer('')
    await sent
  }
  return { base, leaf, clock }
}

test('a request that takes longer than 95 % did is sent again, and the first answer wins', async () => {
  const { base, leaf, clock } = await openWarm()

  const sent = leaf.send(0, bytes('?'), NEVER)
  await clock.advance(9)
  expect(base.asked).toHaveLength(1)
  await clock.advance(2)
  expect(base.asked).toHaveLength(2)
  base.asked[1]!.answer('second')

  expect(textOf(await sent)).toBe('second')
  expect(base.asked[0]!.signal.aborted).toBe(true)
})

test('a request that is answered in time is not sent again', async () => {
  const { base, leaf, clock } = await openWarm()

  const sent = leaf.send(0, bytes('?'), NEVER)
  await clock.advance(5)
  base.asked[0]!.answer('first')
  expect(textOf(await sent)).toBe('first')
  await clock.advance(100)

  expect(base.asked).toHaveLength(1)
})

test('a request that fails is sent again at once, and fails as the first did if the second fails too', async () => {
  const { base, leaf, clock } = await openWarm()

  const sent = leaf.send(0, bytes('?'), NEVER)
  base.asked[0]!.fail('first')
  await clock.advance(0)
  expect(base.asked).toHaveLength(2)
  base.asked[1]!.fail('second')

  await expect(sent).rejects.toThrow('first')
})

test('nothing is sent again while too few durations are known, but for failures', async () => {
  const [base, clock] = [new HeldLeaf(), new ManualClock()]
  const leaf = hedgedTransport(base, clock)

  const sent = leaf.send(0, bytes('?'), NEVER)
  await clock.advance(60_000)
  expect(base.asked).toHaveLength(1)
  base.asked[0]!.answer('slow')

  expect(textOf(await sent)).toBe('slow')
})

test('a search that is over sends nothing again', async () => {
  const { base, leaf, clock } = await openWarm()
  const over = new AbortController()

  const sent = leaf.send(0, bytes('?'), over.signal)
  over.abort()
  base.asked[0]!.fail('aborted')
  await expect(sent).rejects.toThrow('aborted')
  await clock.advance(100)

  expect(base.asked).toHaveLength(1)
})
