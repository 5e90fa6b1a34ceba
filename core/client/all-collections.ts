import type { CollectionInfo, Engine } from '../engine/engine.ts'

/** All collections by name, page after page. */
export async function allCollections(engine: Pick<Engine, 'listCollections'>): Promise<CollectionInfo[]> {
  const all: CollectionInfo[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await engine.listCollections(cursor === undefined ? {} : { cursor })
    all.push(...page.collections)
    cursor = page.cursor
  }
  return all
}
