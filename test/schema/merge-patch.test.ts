import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergePatch } from '../../core/schema/merge-patch.ts'

/** The examples of RFC 7396, appendix A, whose target and patch are objects. */
const EXAMPLES: readonly (readonly [target: object, patch: object, result: object])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]

test.each(EXAMPLES)('%j patched by %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result)
})

test('a patch is idempotent and changes neither argument', () => {
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.jsonValue({ maxDepth: 3 }))
  fc.assert(
    fc.property(object, object, (target, patch) => {
      const before = JSON.stringify([target, patch])
      const once = mergePatch(target, patch)

      expect(JSON.stringify(mergePatch(once, patch))).toBe(JSON.stringify(once))
      expect(JSON.stringify([target, patch])).toBe(before)
      for (const [name, value] of Object.entries(patch)) {
        if (value === null) expect(Object.hasOwn(once, name)).toBe(false)
      }
    }),
  )
})

test('a member named __proto__ is an ordinary member', () => {
  const merged = mergePatch(JSON.parse('{"a":1}'), JSON.parse('{"__proto__":{"b":2}}'))

  expect(JSON.stringify(merged)).toBe('{"a":1,"__proto__":{"b":2}}')
})
