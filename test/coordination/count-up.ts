import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'

// Increments the count in a row by conditional writes, a given number of times or until it is killed. Prints each number
// that it has written.
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
