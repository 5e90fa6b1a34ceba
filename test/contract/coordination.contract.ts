import { afterEach, describe, expect, test } from 'vitest'
import type { Attributes, Coordination, Row, RowKey } from '../../core/coordination/coordination.ts'
import { InvalidRequestError } from '../../core/errors.ts'

const consistent = { consistent: true }

/**
 * The contract of {@link Coordination}, which every implementation must pass.
 *
 * @param open gives a store without rows; it is closed after each test
 */
export function describeCoordination(name: string, open: () => Promise<Coordination>): void {
  describe(`Coordination contract: ${name}`, () => {
    const opened: Coordination[] = []
    const start = async () => {
      const coordination = await open()
      opened.push(coordination)
      return coordination
    }
    afterEach(async () => {
      for (const coordination of opened.splice(0)) await coordination.close()
    })

    test('a row that was never written reads as undefined', async () => {
      const rows = await start()

      expect(await rows.read(key('r'), consistent)).toBeUndefined()
      expect(await rows.read(key('r'), { consistent: false })).toBeUndefined()
    })

    test('a row is read with its key and its values of every type', async () => {
      const rows = await start()
      const attributes: Attributes = {
        text: 'Grüße 😀 \u0000 end',
        empty: '',
        whole: 2 ** 53,
        negative: -(2 ** 53),
        fraction: 0.1 + 0.2,
        tiny: 1.5e-100,
        zero: 0,
        yes: true,
        no: false,
        bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
        noBytes: new Uint8Array(0),
        list: [1, 'two', [true, new Uint8Array([3])], {}],
        emptyList: [],
        map: { 'a.b': 1, 'ä b': { c: [] }, size: 'reserved words are names too' },
      }

      expect(await rows.write(key('r'), { set: attributes }, [])).toBe('written')

      expect(await rows.read(key('r'), consistent)).toStrictEqual({ ...key('r'), attributes })
    })

    test('a change keeps the attributes that it does not name', async () => {
      const rows = await start()
      await rows.write(key('r'), { set: { a: 1, b: 2, c: 3 } }, [])

      await rows.write(key('r'), { set: { b: 20, d: 4 }, remove: ['c', 'never there'] }, [])

      expect(await attributesOf(rows, 'r')).toEqual({ a: 1, b: 20, d: 4 })
    })

    test('append adds to the end of a list, which is initially empty', async () => {
      const rows = await start()

      await rows.write(key('r'), { append: { list: [1, 'a'] } }, [])
      await rows.write(key('r'), { append: { list: [new Uint8Array([2])], other: [] }, set: { n: 1 } }, [])

      expect(await attributesOf(rows, 'r')).toEqual({ list: [1, 'a', new Uint8Array([2])], other: [], n: 1 })
    })

    test('an empty change creates the row', async () => {
      const rows = await start()

      expect(await rows.write(key('r'), {}, [{ attribute: 'a', is: 'absent' }])).toBe('written')

      expect(await attributesOf(rows, 'r')).toEqual({})
    })

    test('all attributes of a missing row are absent', async () => {
      const rows = await start()
      const write = (condition: Parameters<Coordination['write']>[2][number]) =>
        rows.write(key('r'), { set: { n: 1 } }, [condition])

      expect(await write({ attribute: 'n', is: 'present' })).toBe('refused')
      expect(await write({ attribute: 'n', is: 'equal', value: 0 })).toBe('refused')
      expect(await write({ attribute: 'n', is: 'at_most', value: 0 })).toBe('refused')
      expect(await write({ attribute: 'n', is: 'at_least', value: 0 })).toBe('refused')
      expect(await rows.read(key('r'), consistent)).toBeUndefined()
      expect(await write({ attribute: 'n', is: 'absent' })).toBe('written')
      expect(await write({ attribute: 'n', is: 'absent' })).toBe('refused')
    })

    test.each([
      ['equal', 5, [4, 6, '5', true, undefined], [5]],
      ['at_most', 5, [5.5, 6, '4', undefined], [4, 5]],
      ['at_least', 5, [4, 4.5, '6', undefined], [5, 6]],
      ['equal', 'x', ['X', '', 1, undefined], ['x']],
      ['equal', true, [false, 1, 'true', undefined], [true]],
    ] as const)('%s %s refuses %j and accepts %j', async (is, value, wrong, right) => {
      const rows = await start()
      const stored = async (held: string | number | boolean | undefined) => {
        await rows.delete(key('r'), [])
        await rows.write(key('r'), { set: held === undefined ? { other: 1 } : { v: held } }, [])
        return rows.write(key('r'), { set: { done: true } }, [{ attribute: 'v', is, value } as never])
      }

      for (const held of wrong) expect([held, await stored(held)]).toEqual([held, 'refused'])
      for (const held of right) expect([held, await stored(held)]).toEqual([held, 'written'])
    })

    test('all conditions must hold for the row before the change', async () => {
      const rows = await start()
      await rows.write(key('r'), { set: { version: 7, epoch: 2 } }, [])

      const refused = await rows.write(key('r'), { set: { version: 8 } }, [
        { attribute: 'version', is: 'equal', value: 7 },
        { attribute: 'epoch', is: 'equal', value: 3 },
      ])
      const written = await rows.write(key('r'), { set: { version: 8, epoch: 3 } }, [
        { attribute: 'version', is: 'equal', value: 7 },
        { attribute: 'epoch', is: 'at_most', value: 2 },
      ])

      expect([refused, written]).toEqual(['refused', 'written'])
      expect(await attributesOf(rows, 'r')).toEqual({ version: 8, epoch: 3 })
    })

    test('a refused write changes nothing', async () => {
      const rows = await start()
      await rows.write(key('r'), { set: { a: 1, list: [1] } }, [])

      await rows.write(key('r'), { set: { b: 2 }, remove: ['a'], append: { list: [2] } }, [
        { attribute: 'a', is: 'equal', value: 2 },
      ])

      expect(await attributesOf(rows, 'r')).toEqual({ a: 1, list: [1] })
    })

    test('exactly one of many concurrent writes with the same condition succeeds', async () => {
      const rows = await start()
      await rows.write(key('r'), { set: { version: 1 } }, [])

      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          rows.write(key('r'), { set: { version: 2, winner: i } }, [{ attribute: 'version', is: 'equal', value: 1 }]),
        ),
      )

      expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1)
      expect(await attributesOf(rows, 'r')).toEqual({ version: 2, winner: outcomes.indexOf('written') })
    })

    test('concurrent appends lose nothing', async () => {
      const rows = await start()

      await Promise.all(Array.from({ length: 20 }, (_, i) => rows.write(key('r'), { append: { list: [i] } }, [])))

      const { list } = (await attributesOf(rows, 'r')) as { list: number[] }
      expect([...list].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    })

    test('a delete removes the row if its conditions hold', async () => {
      const rows = await start()
      await rows.write(key('r'), { set: { a: 1 } }, [])

      expect(await rows.delete(key('r'), [{ attribute: 'a', is: 'equal', value: 2 }])).toBe('refused')
      expect(await attributesOf(rows, 'r')).toEqual({ a: 1 })
      expect(await rows.delete(key('r'), [{ attribute: 'a', is: 'equal', value: 1 }])).toBe('deleted')
      expect(await rows.read(key('r'), consistent)).toBeUndefined()
    })

    test('deleting a missing row succeeds, unless a condition fails', async () => {
      const rows = await start()

      expect(await rows.delete(key('r'), [])).toBe('deleted')
      expect(await rows.delete(key('r'), [{ attribute: 'a', is: 'absent' }])).toBe('deleted')
      expect(await rows.delete(key('r'), [{ attribute: 'a', is: 'present' }])).toBe('refused')
    })

    test('query lists rows of one pk in byte order of sk, by prefix and strictly after', async () => {
      const rows = await start()
      // The emoji is before U+FF5E in UTF-16 order, but after it in byte order.
      const sks = ['a', 'n#1', 'n#10', 'n#2', 'n#~', 'n#é', 'n#\uff5e', 'n#😀', 'o']
      for (const sk of [...sks].reverse()) await rows.write({ pk: 'list', sk }, { set: { name: sk } }, [])
      await rows.write({ pk: 'list2', sk: 'n#3' }, {}, [])
      await rows.write({ pk: 'lis', sk: 'n#3' }, {}, [])

      expect((await collect(rows, 'list', '')).map((row) => row.sk)).toEqual(sks)
      expect((await collect(rows, 'list', 'n#')).map((row) => row.sk)).toEqual(sks.slice(1, -1))
      expect((await collect(rows, 'list', 'n#', 'n#10')).map((row) => row.sk)).toEqual(sks.slice(3, -1))
      expect((await collect(rows, 'list', 'n#', 'a')).map((row) => row.sk)).toEqual(sks.slice(1, -1))
      expect(await collect(rows, 'list', 'n#', 'o')).toEqual([])
      expect(await collect(rows, 'list', 'n#', 'n#😀')).toEqual([])
      expect(await collect(rows, 'nobody', '')).toEqual([])
      expect((await collect(rows, 'list', 'n#2'))[0]).toEqual({ pk: 'list', sk: 'n#2', attributes: { name: 'n#2' } })
    })

    test('query reads as many pages as there are', async () => {
      const rows = await start()
      // 260 rows of 6 KB exceed the megabyte that DynamoDB returns at once.
      const sks = Array.from({ length: 260 }, (_, i) => `row-${String(i).padStart(4, '0')}`)
      const body = new Uint8Array(6_000).fill(7)
      await Promise.all(sks.map((sk) => rows.write({ pk: 'many', sk }, { set: { body } }, [])))

      const found = await collect(rows, 'many', 'row-')

      expect(found.map((row) => row.sk)).toEqual(sks)
      expect(found.every((row) => (row.attributes.body as Uint8Array).length === 6_000)).toBe(true)
    })

    test('later changes to a row object do not affect the store', async () => {
      const rows = await start()
      const bytes = new Uint8Array([1, 2, 3])
      await rows.write(key('r'), { set: { bytes, list: [1] } }, [])
      bytes[0] = 9
      const row = await rows.read(key('r'), consistent)
      ;(row!.attributes.list as number[]).push(2)
      ;(row!.attributes.bytes as Uint8Array)[1] = 9

      expect(await attributesOf(rows, 'r')).toEqual({ bytes: new Uint8Array([1, 2, 3]), list: [1] })
    })

    test('a row may hold 300 KB', async () => {
      const rows = await start()
      const manifest = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) & 255)

      await rows.write(key('r'), { set: { manifest } }, [])

      const read = (await attributesOf(rows, 'r'))?.manifest as Uint8Array
      expect(Buffer.compare(read, manifest)).toBe(0)
    })

    test('keys that some back end cannot store are refused', async () => {
      const rows = await start()

      for (const wrong of [
        { pk: '', sk: 's' },
        { pk: 'p', sk: '' },
        { pk: 'p'.repeat(901), sk: 's' },
        { pk: 'p', sk: 's'.repeat(1_025) },
        { pk: 'p\0', sk: 's' },
        { pk: 'p', sk: '\ud800' },
      ]) {
        await expect(rows.write(wrong, {}, [])).rejects.toThrow(InvalidRequestError)
        await expect(rows.read(wrong, consistent)).rejects.toThrow(InvalidRequestError)
        await expect(rows.delete(wrong, [])).rejects.toThrow(InvalidRequestError)
      }
    })

    test('keys of the maximum length are stored', async () => {
      const rows = await start()
      const longest = { pk: 'é'.repeat(450), sk: 's'.repeat(1_024) }

      await rows.write(longest, { set: { a: 1 } }, [])

      expect(await rows.read(longest, consistent)).toEqual({ ...longest, attributes: { a: 1 } })
      expect(await collect(rows, longest.pk, 'sss')).toHaveLength(1)
    })

    test('an invalid change throws', async () => {
      const rows = await start()

      await expect(rows.write(key('r'), { set: { a: 1 }, remove: ['a'] }, [])).rejects.toThrow('name each attribute')
      await expect(rows.write(key('r'), { set: { a: Number.NaN } }, [])).rejects.toThrow('finite')
      await expect(rows.write(key('r'), { set: { '': 1 } }, [])).rejects.toThrow('named')
      await expect(rows.write(key('r'), { set: { sk: 1 } }, [])).rejects.toThrow('part of the key')
      expect(await rows.read(key('r'), consistent)).toBeUndefined()
    })
  })
}

function key(sk: string): RowKey {
  return { pk: 'shard#u1#0', sk }
}

async function attributesOf(rows: Coordination, sk: string): Promise<Attributes | undefined> {
  return (await rows.read(key(sk), consistent))?.attributes
}

async function collect(rows: Coordination, pk: string, skPrefix: string, after?: string): Promise<Row[]> {
  const found: Row[] = []
  const options = after === undefined ? consistent : { ...consistent, after }
  for await (const row of rows.query(pk, skPrefix, options)) found.push(row)
  return found
}
