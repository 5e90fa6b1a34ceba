import type { Ask, Body } from './ask.ts'
import type { OwnDocuments } from './own-documents.ts'
import { runPrism, type SoakPlace } from './server-process.ts'
import type { SharedDocuments } from './shared-documents.ts'
import type { Tally } from './tally.ts'

/** Once nothing is under way: the listing and the searches are what was written, nothing is damaged, before and after the last collection. */
export async function checkAtRest(
  place: SoakPlace,
  ask: Ask,
  clients: readonly OwnDocuments[],
  shared: SharedDocuments,
  tally: Tally,
): Promise<void> {
  await checkContent(ask, clients, shared, tally, 'at the end')
  await scrub(place, tally, 'at the end')
  const gc = await runPrism(place, ['gc', '--retention', '0s'])
  if (gc.code !== 0) tally.violation(`prism gc at the end: ${gc.out}${gc.err}`)
  await scrub(place, tally, 'after the last collection')
  await checkContent(ask, clients, shared, tally, 'after the last collection')
}

async function checkContent(
  ask: Ask,
  clients: readonly OwnDocuments[],
  shared: SharedDocuments,
  tally: Tally,
  when: string,
): Promise<void> {
  const documents = await listAll(ask)
  for (const client of clients) {
    client.check(
      documents.filter((document) => document.client === client.name),
      `listing ${when}`,
    )
  }
  shared.checkAll(documents, `listing ${when}`)
  const search = await demand(ask, '/search', { total: true, limit: 0, consistency: 'strong' })
  const count = await demand(ask, '/count', { consistency: 'strong' })
  if (search.total !== documents.length || count.count !== documents.length) {
    const found = `${documents.length} listed, ${search.total} found, ${count.count} counted`
    tally.violation(`${when}: ${found}`)
  }
  tally.count(`documents ${when}`, documents.length)
}

async function listAll(ask: Ask): Promise<Body[]> {
  const documents: Body[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = await ask('GET', `/documents?limit=1000&consistency=strong${after}`)
    if (page.outcome !== 'done') throw new Error(`the listing failed at rest: ${JSON.stringify(page)}`)
    documents.push(...page.body.documents)
    cursor = page.body.cursor
  }
  return documents
}

async function demand(ask: Ask, path: string, body: object): Promise<Body> {
  const asked = await ask('POST', path, body)
  if (asked.outcome !== 'done') throw new Error(`${path} failed at rest: ${JSON.stringify(asked)}`)
  return asked.body
}

async function scrub(place: SoakPlace, tally: Tally, when: string): Promise<void> {
  const { code, out, err } = await runPrism(place, ['scrub'])
  if (code !== 0) tally.violation(`prism scrub ${when}: ${out}${err}`)
}
