import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'

// Counts one row up by conditional writes until it is killed, and prints each number that it was the one to write.
const [, , folder = ''] = process.argv
const coordination = new LmdbCoordination(folder)
const key = { pk: 'p', sk: 's' }

while (true) {
  const row = await coordination.read(key, { consistent: true })
  const count = row?.attributes.count as number
  const outcome = await coordination.write(key, { set: { count: count + 1 } }, [
    { attribute: 'count', is: 'equal', value: count },
  ])
  if (outcome === 'written') process.stdout.write(`${count + 1}\n`)
}
