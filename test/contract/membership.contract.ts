import { afterEach, describe, expect, test } from 'vitest'
import { Membership, TIDY_MS } from '../../core/cluster/membership.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { LEASE_MS } from '../../core/coordination/standstill.ts'
import { readHead } from '../../core/version/head.ts'
import { ownShard } from '../../core/version/own-shard.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { createTestShard, testComponents } from '../shard/open-test-shard.ts'

/**
 * Membership of nodes and ownership of shards, which must have the same effect on rows in every {@link Coordination}.
 *
 * @param open gives a store without rows; it is closed after each test
 */
export function describeMembership(name: string, open: () => Promise<Coordination>): void {
  describe(`Nodes and owners: ${name}`, () => {
    const opened: Coordination[] = []
    const start = async () => {
      const coordination = await open()
      opened.push(coordination)
      const clock = new ManualClock()
      const join = (id: string) =>
        new Membership({ coordination, clock }, { id, address: `http://${id}`, version: '1' })
      return { coordination, clock, join }
    }
    afterEach(async () => {
      for (const coordination of opened.splice(0)) await coordination.close()
    })

    test('every node sees a beating node as a member, with its address', async () => {
      const { clock, join } = await start()
      const [a, b] = [join('a'), join('b')]
      await a.beat()
      await b.beat()

      expect(await b.standingOf('a', clock.monotonic())).toEqual({ is: 'member', id: 'a', address: 'http://a' })
      expect([a.hasJoined, join('c').hasJoined]).toEqual([true, false])
    })

    test('a node that was never seen is looked up, and is gone if it has no row', async () => {
      const { clock, join } = await start()
      const [a, b] = [join('a'), join('b')]
      await b.beat()
      await clock.advance(1)
      await a.beat()

      expect(await b.standingOf('a', clock.monotonic())).toMatchObject({ is: 'member' })
      expect(await b.standingOf('nobody', clock.monotonic())).toEqual({ is: 'gone' })
    })

    test('a node that leaves is gone at once; a silent node is suspected, and gone after the lease time', async () => {
      const { clock, join } = await start()
      const [a, b, c] = [join('a'), join('b'), join('c')]
      for (const node of [a, b, c]) await node.beat()
      await c.beat()

      await a.leave()
      await clock.advance(LEASE_MS - 1)
      await c.beat()
      const early = [await c.standingOf('a', 0), await c.standingOf('b', 0)]
      await clock.advance(1)
      await c.beat()
      const late = await c.standingOf('b', 0)
      await b.beat()
      await c.beat()

      expect(early).toEqual([{ is: 'gone' }, { is: 'silent' }])
      expect(late).toEqual({ is: 'gone' })
      expect(await c.standingOf('b', 0)).toMatchObject({ is: 'member' })
    })

    test('a node that did not answer gets no request before its next beat', async () => {
      const { join } = await start()
      const [a, b] = [join('a'), join('b')]
      await a.beat()
      await b.beat()

      b.doubt('a')
      const doubted = await b.standingOf('a', 0)
      await b.beat()
      const still = await b.standingOf('a', 0)
      await a.beat()
      await b.beat()

      expect([doubted, still]).toEqual([{ is: 'silent' }, { is: 'silent' }])
      expect(await b.standingOf('a', 0)).toMatchObject({ is: 'member' })
    })

    test('the rows of nodes that are long gone are removed, and a node that wakes up is a member again', async () => {
      const { coordination, clock, join } = await start()
      const [a, b] = [join('a'), join('b')]
      await a.beat()
      await b.beat()
      const rows = async () => {
        const found: string[] = []
        for await (const { sk } of coordination.query('deployment', 'node#', { consistent: true })) found.push(sk)
        return found
      }

      await clock.advance(TIDY_MS - 1)
      await b.beat()
      const before = await rows()
      await clock.advance(1)
      await b.beat()
      const after = await rows()
      await a.beat()

      expect([before, after, await rows()]).toEqual([['node#a', 'node#b'], ['node#b'], ['node#a', 'node#b']])
    })

    test('if two nodes take a shard at once, one owns it, and they have different epochs', async () => {
      const { coordination } = await start()
      const components = testComponents({ coordination })
      const ref = await createTestShard(components)
      const head = await readHead(components, ref)

      const taken = await Promise.all(['a', 'b', 'c'].map((node) => ownShard(components, ref, head, node)))
      const [owned] = taken.filter((one) => one !== undefined)

      expect(taken.filter((one) => one !== undefined)).toHaveLength(1)
      expect(await readHead(components, ref)).toEqual(owned)
      expect(owned).toEqual({ ...head, epoch: head.epoch + 1, owner: owned?.owner })
    })

    test('a late request to take a shard changes nothing', async () => {
      const { coordination } = await start()
      const components = testComponents({ coordination })
      const ref = await createTestShard(components)
      const head = await readHead(components, ref)
      await ownShard(components, ref, head, 'a')
      const next = await ownShard(components, ref, await readHead(components, ref), 'b')

      const late = await ownShard(components, ref, head, 'a')

      expect(late).toBeUndefined()
      expect(await readHead(components, ref)).toEqual(next)
      expect(next).toMatchObject({ owner: 'b', epoch: head.epoch + 2 })
    })
  })
}
