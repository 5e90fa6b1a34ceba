import { expect, test } from 'vitest'
import { type Event, explainHistory } from './linearize.ts'
import { modelVersion } from './sequential-model.ts'

const doc = (n: number) => ({ id: 'a', n })
const version = (n: number) => modelVersion('a', JSON.stringify(doc(n)))!

test('two clients cannot both replace the same version', () => {
  const cas = (from: number, to: number) =>
    ({ kind: 'put', document: doc(to), condition: { version: version(from) } }) as const
  const history = [
    event({ kind: 'put', document: doc(1) }, [0, 1], `created ${version(1)}`),
    event(cas(1, 2), [2, 9], `replaced ${version(2)}`),
    event(cas(1, 3), [2, 9], `replaced ${version(3)}`),
  ]

  expect(explainHistory('a', history)).toContain('no order explains')
  const told = { ...history[2]!, result: `conflict ${version(2)}` }
  expect(explainHistory('a', [history[0]!, history[1]!, told])).toBeUndefined()
})

test('an operation cannot explain an answer from before its call', () => {
  const history = [
    event({ kind: 'put', document: doc(1) }, [0, 1], `created ${version(1)}`),
    event({ kind: 'read' }, [2, 3], 'read null'),
  ]

  expect(explainHistory('a', history)).toContain('no order explains')
})

test('an operation without an answer may have taken effect later, or never', () => {
  const unknown = event({ kind: 'put', document: doc(1) }, [0, Number.POSITIVE_INFINITY], undefined)

  expect(explainHistory('a', [unknown, event({ kind: 'read' }, [2, 3], 'read null')])).toBeUndefined()
  expect(
    explainHistory('a', [
      unknown,
      event({ kind: 'read' }, [2, 3], 'read null'),
      event({ kind: 'read' }, [4, 5], `read ${version(1)}`),
    ]),
  ).toBeUndefined()
  expect(explainHistory('a', [unknown, event({ kind: 'read' }, [2, 3], `read ${version(2)}`)])).toBeDefined()
})

test('an operation with an unknown outcome took no effect after its answer', () => {
  const history = (answeredAt: number) => [
    event({ kind: 'put', document: doc(1) }, [0, answeredAt], undefined),
    event({ kind: 'read' }, [2, 3], 'read null'),
    event({ kind: 'read' }, [4, 5], `read ${version(1)}`),
  ]

  expect(explainHistory('a', history(9))).toBeUndefined()
  expect(explainHistory('a', history(1))).toContain('no order explains')
})

function event(operation: Event['operation'], [calledAt, answeredAt]: [number, number], result: string | undefined) {
  return { client: 0, operation, calledAt, answeredAt, result }
}
