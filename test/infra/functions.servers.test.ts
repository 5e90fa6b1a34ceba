import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { EXTERNALS } from '../../infra/externals.ts'
import { repository } from './install-sst.ts'
import { all, inputsOf, type Plan, planDeployment } from './plan.ts'

const FUNCTION = 'aws:lambda/function:Function'
const LEAF = { handler: 'functions/leaf.handler', timeout: 20, memorySize: 1769 }
const SERVICES = {
  Api: { handler: 'functions/api.handler', timeout: 29, memorySize: 1769 },
  ApiStream: { handler: 'functions/api-stream.handler', timeout: 120, memorySize: 1769 },
  Compact: { handler: 'functions/compact.handler', timeout: 900, memorySize: 3008 },
  CollectGarbage: { handler: 'functions/collect-garbage.handler', timeout: 900, memorySize: 1024 },
}

let production: Plan
let stage: Plan

beforeAll(async () => {
  ;[production, stage] = await Promise.all([planDeployment('production'), planDeployment('trial')])
}, 500_000)

test('production has an API, compaction, garbage collection and four leaves, and reserves executions for two of them', () => {
  const leaf = { ...LEAF, reserved: 20 }

  expect(functionsOf(production)).toEqual({
    ...SERVICES,
    Compact: { ...SERVICES.Compact, reserved: 1 },
    Leaf0: leaf,
    Leaf1: leaf,
    Leaf2: leaf,
    Leaf3: leaf,
  })
})

test('another stage has the same and reserves nothing, because new accounts have nothing to reserve', () => {
  expect(functionsOf(stage)).toEqual({ ...SERVICES, Leaf0: LEAF, Leaf1: LEAF, Leaf2: LEAF, Leaf3: LEAF })
})

test('reservations can be chosen for any stage, and turned off in production', async () => {
  const [chosen, nothing] = await Promise.all([
    planDeployment('trial', { PRISM_LEAVES: '1', PRISM_LEAF_RESERVED: '7' }).then(functionsOf),
    planDeployment('production', { PRISM_LEAF_RESERVED: 'none' }).then(functionsOf),
  ])

  expect(chosen).toMatchObject({ Leaf0: { reserved: 7 }, Compact: { reserved: 1 } })
  expect(nothing).toEqual(functionsOf(stage))
})

test.each(['0', '4', '16'])('a pool of %s leaves is told to the API in the order of their numbers', async (count) => {
  const plan = await planDeployment('trial', { PRISM_LEAVES: count })
  const names = Array.from({ length: Number(count) }, (_, number) => `Leaf${number}Function`)

  expect(linksOf(plan, 'Api').LeafPool).toMatchObject({ functions: names })
  expect(linksOf(plan, 'ApiStream').LeafPool).toMatchObject({ functions: names })
  expect(all(plan, FUNCTION).filter(({ name }) => name.startsWith('Leaf'))).toHaveLength(names.length)
})

test('every function knows the bucket and the table, and only the API knows the leaves', () => {
  for (const { functionID, links } of production.builds) {
    expect(links.Storage).toMatchObject({ bucket: 'ObjectsBucket', table: 'RowsTable' })
    expect('LeafPool' in links, functionID).toBe(functionID.startsWith('Api'))
  }
})

test('every function runs on Node 24 on ARM, and its bundle omits native code', () => {
  for (const { name, inputs } of all(production, FUNCTION)) {
    expect(inputs, name).toMatchObject({ runtime: 'nodejs24.x', architectures: ['arm64'] })
  }
  for (const { properties, functionID } of production.builds) {
    expect(properties, functionID).toMatchObject({
      format: 'esm',
      minify: true,
      sourcemap: false,
      splitting: true,
      esbuild: { external: [...EXTERNALS] },
    })
  }
})

test('every handler is exported by the file that it names', () => {
  for (const { handler } of production.builds) {
    const path = `${repository}${handler.replace(/\.handler$/, '.ts')}`
    expect(existsSync(path), `${path} is there`).toBe(true)
    expect(readFileSync(path, 'utf8')).toMatch(
      /^export (const|function|async function) handler\b|^export \{.*\bhandler\b/m,
    )
  }
})

test('every function logs JSON to its own group, which is kept for a month in production and a week elsewhere', () => {
  for (const [plan, days] of [
    [production, 30],
    [stage, 7],
  ] as const) {
    for (const { name, inputs } of all(plan, FUNCTION)) {
      const group = name.replace(/Function$/, 'LogGroup')
      expect(inputs.loggingConfig).toEqual({ logFormat: 'JSON', logGroup: group })
      expect(inputsOf(plan, 'aws:cloudwatch/logGroup:LogGroup', group).retentionInDays).toBe(days)
    }
  }
})

test('the API gets the settings that it reads itself', async () => {
  const chosen = { PRISM_FAN_OUT: 'always', PRISM_HEDGE: 'on', PRISM_SHARDS_DEFAULT: '8' }
  const plan = await planDeployment('trial', chosen)

  expect(variablesOf(plan, 'Api')).toMatchObject(chosen)
  expect(variablesOf(plan, 'ApiStream')).toMatchObject(chosen)
  expect(variablesOf(production, 'Api')).toMatchObject({ PRISM_FAN_OUT: 'auto', PRISM_HEDGE: 'off' })
  expect(variablesOf(production, 'Api')).not.toHaveProperty('PRISM_SHARDS_DEFAULT')
})

type Size = { handler: string | undefined; timeout: unknown; memorySize: unknown; reserved?: unknown }

function functionsOf(plan: Plan): Record<string, Size> {
  return Object.fromEntries(
    all(plan, FUNCTION).map(({ name: physical, inputs }) => {
      const name = physical.replace(/Function$/, '')
      const { timeout, memorySize, reservedConcurrentExecutions: reserved } = inputs
      const handler = plan.builds.find(({ functionID }) => functionID === name)?.handler
      return [name, { handler, timeout, memorySize, ...(reserved !== undefined && { reserved }) }]
    }),
  )
}

function linksOf(plan: Plan, name: string): Readonly<Record<string, unknown>> {
  return plan.builds.find(({ functionID }) => functionID === name)!.links
}

function variablesOf(plan: Plan, name: string): unknown {
  return (inputsOf(plan, FUNCTION, `${name}Function`).environment as { readonly variables: unknown }).variables
}
