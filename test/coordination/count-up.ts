import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'

// Counts one row up by conditional writes, so many times or until it is killed, and prints each number that it was
// the one to write.
const [, , folder = '', timesMax = 'Infinity'] = process.argv
const coordination = new LmdbCoordination(folder)
const key = { pk: 'p', sk: 's' }

for (let times = 0; times < Number(timesMax); ) {
  const row = await coordination.read(key, { consistent: true })
  const count = row?.attributes.count as number
  const outcome = await coordination.write(key, { set: { count: count + 1 } }, [
    { attribute: 'count', is: 'equal', value: count },
  ])
  if (outcome === 'refused') continue
  times++
  process.stdout.write(`${count + 1}\n`)
}
await coordination.close()
