import type { Random } from '../../core/random.ts'
import type { Ask, Asked, Body } from './ask.ts'
import { DocumentHistory, type State } from './document-history.ts'
import type { Tally } from './tally.ts'

const IDS = 40

/**
 * A client that alone writes its documents, one request at a time, so that what each may hold is
 * known exactly; and reads them, through any server, with its session or strongly.
 */
export class OwnDocuments {
  readonly name: string
  readonly histories: readonly DocumentHistory[]
  readonly #ask: Ask
  readonly #random: Random
  readonly #tally: Tally
  #serial = 0
  #sessions: string[] = []

  constructor(name: string, ask: Ask, random: Random, tally: Tally) {
    this.name = name
    this.#ask = ask
    this.#random = random
    this.#tally = tally
    this.histories = Array.from({ length: IDS }, (_, i) => new DocumentHistory(`${name}-${i}`))
  }

  /** One request, drawn by chance, and what it says about the documents. */
  async step(): Promise<void> {
    const chance = this.#random.number()
    const history = this.#any()
    if (chance < 0.25) await this.#put(history)
    else if (chance < 0.35) await this.#putSeveral()
    else if (chance < 0.47) await this.#patch(history)
    else if (chance < 0.57) await this.#putIf(history)
    else if (chance < 0.67) await this.#delete(history)
    else if (chance < 0.75) await this.#get(history)
    else if (chance < 0.85) await this.#getByPage(history)
    else await this.#search()
  }

  async #put(history: DocumentHistory): Promise<void> {
    const serial = ++this.#serial
    this.#settle(history, serial, 'PUT', await this.#ask('PUT', pathOf(history), this.#document(serial)))
  }

  async #putSeveral(): Promise<void> {
    const histories = [...new Set([this.#any(), this.#any(), this.#any(), this.#any()])]
    const writes = histories.map((history) => ({ history, serial: ++this.#serial }))
    const documents = writes.map(({ history, serial }) => ({ id: history.id, ...this.#document(serial) }))
    const asked = await this.#ask('POST', '/documents', { documents })
    for (const [position, { history, serial }] of writes.entries()) {
      const error = asked.outcome === 'done' && asked.body.errors.find((one: Body) => one.position === position)?.error
      if (!error) this.#settle(history, serial, 'POST', asked)
      else if (error.code === 'outcome_unknown') history.unknown(serial, `POST ${asked.server}`)
      else history.refused(serial, `POST ${asked.server} ${error.code}`)
    }
  }

  async #patch(history: DocumentHistory): Promise<void> {
    const serial = ++this.#serial
    const asked = await this.#ask('PATCH', pathOf(history), this.#document(serial))
    this.#settle(history, serial, 'PATCH', asked)
    if (asked.outcome === 'refused' && asked.status === 404) this.#observe(history, 'absent', 'PATCH')
  }

  /** On condition of the version that was just read; it can only have changed by a write whose outcome is unknown. */
  async #putIf(history: DocumentHistory): Promise<void> {
    const read = await this.#get(history)
    if (read === undefined) return
    const serial = ++this.#serial
    const condition: Record<string, string> =
      read.version === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${read.version}"` }
    const isCertain = history.possible.length === 1
    const asked = await this.#ask('PUT', pathOf(history), this.#document(serial), condition)
    if (asked.outcome === 'refused' && asked.status === 409) {
      if (asked.body.error.details.is_as_asked) history.acknowledged(serial, `PUT if ${asked.server}, found done`)
      else if (isCertain) this.#tally.violation(`${history.id}: 409 for the version it has\n${history}`)
      else history.refused(serial, `PUT if ${asked.server} 409`)
    } else this.#settle(history, serial, 'PUT if', asked)
  }

  async #delete(history: DocumentHistory): Promise<void> {
    this.#settle(history, 'absent', 'DELETE', await this.#ask('DELETE', pathOf(history)))
  }

  async #get(history: DocumentHistory): Promise<{ version: string | undefined } | undefined> {
    const asked = await this.#ask('GET', pathOf(history))
    if (asked.outcome === 'done') {
      this.#observe(history, this.#stateOf(asked.body), `GET ${asked.server}`)
      return { version: asked.version }
    }
    if (asked.outcome !== 'refused' || asked.status !== 404) return this.#failedRead(asked)
    this.#observe(history, 'absent', `GET ${asked.server}`)
    return { version: undefined }
  }

  async #getByPage(history: DocumentHistory): Promise<void> {
    const asked = await this.#ask('POST', '/documents/get', { ids: [history.id], ...this.#read() })
    if (asked.outcome !== 'done') return this.#failedRead(asked)
    const [document] = asked.body.documents
    this.#observe(history, document === null ? 'absent' : this.#stateOf(document), `get ${asked.server}`)
  }

  /** Finds each document as it is, once, and no other. */
  async #search(): Promise<void> {
    const asked = await this.#ask('POST', '/search', {
      filter: { client: this.name },
      limit: 1000,
      total: true,
      allow_partial_results: false,
      ...this.#read(),
    })
    if (asked.outcome !== 'done') return this.#failedRead(asked)
    this.#sessions = [asked.body.session]
    this.check(
      asked.body.hits.map(({ document }: Body) => document),
      `search ${asked.server}`,
    )
    if (asked.body.total !== asked.body.hits.length) {
      this.#tally.violation(`search of ${this.name}: total ${asked.body.total}, ${asked.body.hits.length} hits`)
    }
  }

  /** @param documents all that there are of this client */
  check(documents: readonly Body[], how: string): void {
    const found = new Map<string, Body>(documents.map((document) => [document.id, document]))
    if (found.size < documents.length) this.#tally.violation(`${how}: a document of ${this.name} is there twice`)
    for (const history of this.histories) {
      const document = found.get(history.id)
      this.#observe(history, document === undefined ? 'absent' : this.#stateOf(document), how)
      found.delete(history.id)
    }
    for (const id of found.keys()) this.#tally.violation(`${how}: nobody wrote ${id}`)
  }

  #read(): object {
    if (this.#sessions.length === 0 || this.#random.number() < 0.4) return { consistency: 'strong' }
    return { consistency: 'read_your_writes', session: this.#sessions.join(',') }
  }

  #document(serial: number): object {
    return { client: this.name, serial, title: `soak ${this.name} s${serial}` }
  }

  #stateOf({ id, client, serial, title }: Body): State {
    if (client !== this.name || title !== `soak ${this.name} s${serial}`) {
      this.#tally.violation(`${id} is no document that was written: ${JSON.stringify({ client, serial, title })}`)
    }
    return serial
  }

  #settle(history: DocumentHistory, state: State, what: string, asked: Asked): void {
    this.#tally.count(asked.outcome === 'done' ? 'acknowledged' : `writes ${asked.outcome}`)
    if (asked.outcome === 'done') {
      history.acknowledged(state, `${what} ${asked.server}`)
      if (!this.#sessions.includes(asked.body.session)) this.#sessions.push(asked.body.session)
    } else if (asked.outcome === 'unknown') history.unknown(state, `${what} ${asked.server}`)
    else {
      this.#tally.count(`refused ${asked.body.error.code}`)
      history.refused(state, `${what} ${asked.server} ${asked.body.error.code}`)
    }
  }

  #observe(history: DocumentHistory, state: State, how: string): void {
    this.#tally.count('checks')
    const wrong = history.observe(state, how)
    if (wrong !== undefined) this.#tally.violation(wrong)
  }

  #failedRead(asked: Asked): undefined {
    this.#tally.count(asked.outcome === 'refused' ? `reads failed ${asked.body.error.code}` : 'reads cut')
  }

  #any(): DocumentHistory {
    return this.histories[Math.floor(this.#random.number() * IDS)]!
  }
}

function pathOf({ id }: DocumentHistory): string {
  return `/documents/${id}`
}
