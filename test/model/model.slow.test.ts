import { expect, test } from 'vitest'
import { explore } from './explore.ts'
import { type Mutation, shardModel } from './shard-model.ts'

test('in no order of events does the protocol of a shard lose, double or expose anything', () => {
  const { states, steps, refutation } = explore(shardModel())

  process.stdout.write(`the model of a shard has ${states} states and ${steps} steps\n`)
  expect(refutation).toBeUndefined()
  // All of claims, commits, merges and collection happen in some of them.
  expect(states).toBeGreaterThan(10_000)
})

/** Each rule of the protocol is needed: without it there is a way to something wrong, and this is the first step that shows it. */
const MUTATIONS: readonly (readonly [Mutation, RegExp])[] = [
  ['no condition on the commit built on', /lost|not there/],
  ['no condition on the epoch', /committed in the epoch of/],
  ['no condition on the floor', /refused and is there|names .*, which is not there/],
  ['floor raised after looking up what is kept', /names .*, which is not there/],
  ['collection deletes above the floor', /names .*, which is not there/],
  ['collection keeps the newest version only', /names .*, which is not there/],
  ['an object counts as new as the head it is committed on', /refused and is there|names .*, which is not there/],
  ['a lost reply is taken for a lost race', /refused and is there|twice/],
  ['a new commit id for each try', /refused and is there|twice/],
  ['acknowledged when sent', /acknowledged and is not there/],
  ['a rebase forgets what others committed', /lost|not there/],
  ['commit before upload', /names .*, which is not there/],
]

test.each(MUTATIONS)('%s: refuted', (mutation, expected) => {
  const { refutation } = explore(shardModel(mutation))

  process.stdout.write(
    `${mutation}:\n${refutation?.trace.map((what, i) => `  ${i + 1}. ${what}\n`).join('')}  → ${refutation?.wrong}\n`,
  )
  expect(refutation?.wrong).toMatch(expected)
})
