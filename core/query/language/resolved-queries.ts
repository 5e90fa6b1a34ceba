import type { AnalyzerPool } from '../../analysis/analyzer-pool.ts'
import type { SearchRequest } from '../../contract/search-request.ts'
import { isAnalysed } from '../../fields/kinds.ts'
import type { Schema } from '../../schema/schema.ts'
import { type QuerySetting, type ResolvedQuery, resolveQuery } from './resolve-query.ts'

/** Queries kept for all schemas together. */
const KEPT_MAX = 1_000
/** Longer queries seldom repeat and are not kept. Counted in UTF-16 units of the key. */
const KEPT_LENGTH_MAX = 1_000

const EVERYTHING: ResolvedQuery = { clause: { kind: 'all', boost: 1 }, wordsTimesFields: 0, warnings: [] }

/** A cache of resolved queries: the same queries repeat often, and their meaning depends only on the schema. */
export class ResolvedQueries {
  readonly #analyzers: AnalyzerPool
  /** Schemas whose analyzers are loaded. */
  readonly #loaded = new WeakSet<Schema>()
  #bySchema = new WeakMap<Schema, Map<string, ResolvedQuery>>()
  #count = 0

  constructor(analyzers: AnalyzerPool) {
    this.#analyzers = analyzers
  }

  /** The version of the analyzers that analyse queries. */
  get analyzerVersion(): number {
    return this.#analyzers.version
  }

  /** Loads the analyzers that {@link resolve} needs: those of the schema's languages, once, if the request has a query. */
  async load(schema: Schema, { query }: Pick<SearchRequest, 'query'>): Promise<void> {
    if (query === undefined || this.#loaded.has(schema)) return
    const textFields = schema.fields.filter(isAnalysed)
    await this.#analyzers.load(new Set(textFields.map(({ language }) => language)))
    this.#loaded.add(schema)
  }

  /**
   * Resolves the query of a request, after {@link load}. A request without a query matches every document. Takes up to 20 ms
   * for the largest queries.
   *
   * @throws {InvalidRequestError} as {@link resolveQuery} does
   */
  resolve(schema: Schema, request: SearchRequest): ResolvedQuery {
    const { query, fields, field_mode, operator, fuzziness } = request
    if (query === undefined) return EVERYTHING
    const key = JSON.stringify([query, fields, field_mode, operator, fuzziness])
    const known = this.#bySchema.get(schema)?.get(key)
    if (known !== undefined) return known
    const setting: QuerySetting = { schema, request, analyzers: this.#analyzers }
    const resolved = resolveQuery(query, setting)
    if (key.length <= KEPT_LENGTH_MAX) this.#keep(schema, key, resolved)
    return resolved
  }

  #keep(schema: Schema, key: string, resolved: ResolvedQuery): void {
    if (this.#count >= KEPT_MAX) {
      this.#bySchema = new WeakMap()
      this.#count = 0
    }
    const kept = this.#bySchema.get(schema) ?? new Map<string, ResolvedQuery>()
    this.#bySchema.set(schema, kept.set(key, resolved))
    this.#count++
  }
}
