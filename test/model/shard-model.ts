import type { Model, Step } from './explore.ts'

/** What the protocol would be without one of its rules. */
export type Mutation =
  | 'no condition on the commit built on'
  | 'no condition on the epoch'
  | 'no condition on the floor'
  | 'floor raised after looking up what is kept'
  | 'collection deletes above the floor'
  | 'collection keeps the newest version only'
  | 'an object counts as new as the head it is committed on'
  | 'a lost reply is taken for a lost race'
  | 'a new commit id for each try'
  | 'acknowledged when sent'
  | 'a rebase forgets what others committed'
  | 'commit before upload'

/** An object as a manifest names it: the base in its name, and the documents it holds. */
type Entry = { readonly object: string; readonly base: number; readonly documents: string }

type Head = {
  readonly epoch: number
  /** The owner of each epoch, by its number; epoch 1 has none. */
  readonly owners: readonly string[]
  readonly floor: number
  readonly retainedFrom: number
  /** By version - 1: who committed it, under which id, and what it names. The last one is the newest. */
  readonly versions: readonly { readonly id: string; readonly entries: readonly Entry[] }[]
}

type Message =
  | {
      readonly kind: 'commit'
      readonly who: string
      readonly base: number
      readonly baseId: string
      readonly id: string
      readonly epoch: number
      readonly oldest: number
      readonly entries: readonly Entry[]
    }
  | { readonly kind: 'raise'; readonly floor: number; readonly retainedFrom: number }
  | { readonly kind: 'delete'; readonly object: string }

/** A writer or the compactor. `told` is what its client heard. */
type Committer = {
  readonly at: 'idle' | 'built' | 'uploaded' | 'judging' | 'over'
  readonly told?: 'acknowledged' | 'refused' | 'unknown'
  readonly base: number
  readonly epoch: number
  /** What it has made, and for the compactor what of. */
  readonly made?: Entry
  readonly inputs?: readonly string[]
  /** The version whose segments it builds on. */
  readonly known: number
  readonly tries: number
  readonly races: number
}

type Collector = {
  readonly at: 'idle' | 'looking' | 'over'
  /** Of the mutant that looks too early. */
  readonly doomed?: readonly string[]
}

type State = {
  readonly head: Head
  readonly objects: readonly string[]
  readonly committers: { readonly [name: string]: Committer }
  readonly collector: Collector
  /** Requests under way, in a fixed order: any of them may arrive next, or after everything else. */
  readonly wire: readonly Message[]
  /** Somebody committed in an epoch that was not its own. */
  readonly usurped?: string
}

/** Tries of one attempt, and races that may be lost: enough for every rule to be needed. */
const TRIES_MAX = 2
const RACES_MAX = 1
const OLD: Entry = { object: 'X0', base: 0, documents: 'x' }
const IDLE: Committer = { at: 'idle', base: 0, epoch: 0, known: 0, tries: 0, races: 0 }

/**
 * The protocol of one shard (design §4) with everything left out that does not
 * matter to it: two owners that take the shard from each other, each to write one document; one compactor that merges
 * all there is; one collector. A request may arrive whenever, after its sender gave it up too.
 *
 * What is not there because it is there already: a crash, which is to take no step any more, and all that
 * is promised is looked at in every state; a lost reply, because a committer may look at the head before, and after,
 * its request arrives, and a reply tells it nothing that the head does not; a repeated request, because the second is refused.
 */
export function shardModel(mutation?: Mutation): Model<State> {
  const is = (other: Mutation) => mutation === other
  return {
    initial: {
      head: { epoch: 1, owners: [], floor: 0, retainedFrom: 1, versions: [{ id: 'x', entries: [OLD] }] },
      objects: [OLD.object],
      committers: { a: IDLE, b: IDLE, compactor: IDLE },
      collector: { at: 'idle' },
      wire: [],
    },
    steps: (state) =>
      [
        ...Object.keys(state.committers).flatMap((who) => committerSteps(state, who, is)),
        ...collectorSteps(state, is),
        ...state.wire.map((message) => arrival(state, message, is)),
      ].map(({ what, next }) => ({ what, next: withoutDead(next, is) })),
    wrong,
  }
}

type Is = (mutation: Mutation) => boolean

function committerSteps(state: State, who: string, is: Is): Step<State>[] {
  const { head, objects } = state
  const own = state.committers[who]!
  const become = (change: Partial<Committer>, rest: Partial<State> = {}): State => ({
    ...state,
    ...rest,
    committers: { ...state.committers, [who]: { ...own, ...change } },
  })
  switch (own.at) {
    case 'idle':
      return beginnings(state, who, become)
    case 'built': {
      const uploaded = sorted([...objects, own.made!.object])
      const upload = {
        what: `${who} uploads ${own.made!.object}`,
        next: become({ at: 'uploaded' }, { objects: uploaded }),
      }
      return is('commit before upload') ? [upload, send(state, who, become, is)] : [upload]
    }
    case 'uploaded':
      return [send(state, who, become, is)]
    case 'judging':
      return [{ what: `${who} reads the head: version ${versionOf(head)}`, next: judge(state, who, is) }]
    case 'over':
      return []
  }
}

type Become = (change: Partial<Committer>, rest?: Partial<State>) => State

function beginnings({ head }: State, who: string, become: Become): Step<State>[] {
  const base = versionOf(head)
  const known = head.versions.at(-1)!.entries
  if (who === 'compactor') {
    if (known.length < 2) return []
    const documents = known
      .flatMap((entry) => [...entry.documents])
      .sort()
      .join('')
    const made = { object: `M${base}`, base, documents }
    const inputs = known.map(({ object }) => object)
    const next = become({ at: 'built', base, epoch: head.epoch, known: base, made, inputs })
    return [{ what: `compactor merges ${inputs.join(' and ')} of version ${base}`, next }]
  }
  const epoch = head.epoch + 1
  const made = { object: `${who.toUpperCase()}${base}`, base, documents: who }
  const next = become(
    { at: 'built', base, epoch, known: base, made },
    { head: { ...head, epoch, owners: [...head.owners, who] } },
  )
  return [{ what: `${who} claims epoch ${epoch} at version ${base}`, next }]
}

function send(state: State, who: string, become: Become, is: Is): Step<State> {
  const own = state.committers[who]!
  const made = own.made!
  const { entries: known } = state.head.versions[own.known - 1]!
  const entries = own.inputs ? [made, ...known.filter(({ object }) => !own.inputs!.includes(object))] : [...known, made]
  const id = `${who}@${own.base}${is('a new commit id for each try') ? `.${own.tries}` : ''}`
  const message: Message = {
    kind: 'commit',
    who,
    base: own.base,
    baseId: state.head.versions[own.base - 1]!.id,
    id,
    epoch: own.epoch,
    oldest: is('an object counts as new as the head it is committed on') ? own.base : made.base,
    entries,
  }
  const told = is('acknowledged when sent') && !own.inputs ? { told: 'acknowledged' as const } : {}
  return {
    what: `${who} sends its commit on version ${own.base}, try ${own.tries + 1}`,
    next: become({ at: 'judging', tries: own.tries + 1, ...told }, { wire: onWire(state.wire, message) }),
  }
}

/** What a committer makes of the head. */
function judge(state: State, who: string, is: Is): State {
  const { head } = state
  const own = state.committers[who]!
  const become = (committer: Committer): State => ({ ...state, committers: { ...state.committers, [who]: committer } })
  const over = (told: Committer['told']) =>
    become({ ...IDLE, at: 'over', ...(told && !own.inputs && { told: own.told ?? told }) })
  const id = `${who}@${own.base}${is('a new commit id for each try') ? `.${own.tries - 1}` : ''}`
  const won = head.versions[own.base]?.id === id
  if (won && !is('a lost reply is taken for a lost race')) return over('acknowledged')
  const isFenced = head.epoch !== own.epoch
  const version = versionOf(head)
  if (version === own.base && !isFenced && head.floor <= own.made!.base) {
    return own.tries < TRIES_MAX ? become({ ...own, at: 'uploaded' }) : over('unknown')
  }
  // An owner that was taken over stops; the compactor owns nothing.
  if (isFenced && !own.inputs) return over('refused')
  if (own.races === RACES_MAX) return over('refused')
  const known = is('a rebase forgets what others committed') ? own.known : version
  const rebased = { ...own, base: version, epoch: head.epoch, known, tries: 0, races: own.races + 1 }
  if (own.inputs) {
    const live = head.versions[known - 1]!.entries.map(({ object }) => object)
    const areLive = own.inputs.every((input) => live.includes(input))
    return areLive && head.floor <= own.made!.base ? become({ ...rebased, at: 'uploaded' }) : over(undefined)
  }
  if (head.floor <= own.made!.base) return become({ ...rebased, at: 'uploaded' })
  const made = { ...own.made!, base: version, object: `${who.toUpperCase()}${version}` }
  return become({ ...rebased, at: 'built', made })
}

function collectorSteps(state: State, is: Is): Step<State>[] {
  const { head, collector, wire } = state
  const become = (next: Collector, rest: Partial<State> = {}): State => ({ ...state, ...rest, collector: next })
  const version = versionOf(head)
  switch (collector.at) {
    case 'idle':
      return [...new Set([head.retainedFrom, version])].map((retainedFrom) => ({
        what: `collector asks for floor ${version}, and to keep versions from ${retainedFrom} on`,
        next: become(
          {
            at: 'looking',
            ...(is('floor raised after looking up what is kept') && {
              doomed: garbage(state, version, retainedFrom, is),
            }),
          },
          { wire: onWire(wire, { kind: 'raise', floor: version, retainedFrom }) },
        ),
      }))
    case 'looking': {
      const doomed = collector.doomed ?? garbage(state, head.floor, head.retainedFrom, is)
      const deletes = doomed.reduce<readonly Message[]>((all, object) => onWire(all, { kind: 'delete', object }), wire)
      const what = `collector reads version ${version}, floor ${head.floor}, and deletes ${doomed.join(' ') || 'nothing'}`
      return [{ what, next: become({ at: 'over' }, { wire: deletes }) }]
    }
    case 'over':
      return []
  }
}

function garbage({ head, objects }: State, floor: number, retainedFrom: number, is: Is): string[] {
  const kept = is('collection keeps the newest version only')
    ? head.versions.slice(-1)
    : head.versions.slice(retainedFrom - 1)
  const needed = new Set(kept.flatMap(({ entries }) => entries.map(({ object }) => object)))
  const below = is('collection deletes above the floor') ? Number.POSITIVE_INFINITY : floor
  return objects.filter((object) => !needed.has(object) && Number(object.slice(1)) < below)
}

/** A request arrives, at once or long after. */
function arrival(state: State, message: Message, is: Is): Step<State> {
  const arrived = { ...state, wire: state.wire.filter((other) => other !== message) }
  const { head } = state
  if (message.kind === 'delete') {
    const objects = state.objects.filter((object) => object !== message.object)
    return { what: `${message.object} is deleted`, next: { ...arrived, objects } }
  }
  if (message.kind === 'raise') {
    const holds = head.floor <= message.floor && head.retainedFrom <= message.retainedFrom
    const { floor, retainedFrom } = message
    const next = holds ? { ...arrived, head: { ...head, floor, retainedFrom } } : arrived
    return { what: `the floor is ${holds ? `now ${floor}` : 'left as it is'}`, next }
  }
  const { who, base, id, entries } = message
  if (!mayHold(head, message, is)) return { what: `the commit of ${who} on version ${base} is refused`, next: arrived }
  const owner = head.owners[head.epoch - 2]
  return {
    what: `the commit of ${who} on version ${base} makes version ${versionOf(head) + 1}: ${entries.map(({ object }) => object).join(' ')}`,
    next: {
      ...arrived,
      head: { ...head, versions: [...head.versions, { id, entries }] },
      ...(who !== 'compactor' && owner !== who && { usurped: `${who} committed in the epoch of ${owner}` }),
    },
  }
}

/** All three only ever turn from true to false: what is refused now is refused for ever. */
function mayHold(head: Head, message: Message & { kind: 'commit' }, is: Is): boolean {
  return (
    (head.versions.at(-1)!.id === message.baseId || is('no condition on the commit built on')) &&
    (head.epoch === message.epoch || is('no condition on the epoch')) &&
    (head.floor <= message.oldest || is('no condition on the floor'))
  )
}

/** Requests that can change nothing any more are as good as none: it makes states the same that are. */
function withoutDead(state: State, is: Is): State {
  const { head, objects, wire } = state
  const live = wire.filter((message) =>
    message.kind === 'commit'
      ? mayHold(head, message, is)
      : message.kind === 'delete'
        ? objects.includes(message.object)
        : head.floor < message.floor || head.retainedFrom < message.retainedFrom,
  )
  return live.length === wire.length ? state : { ...state, wire: live }
}

function wrong({ head, objects, committers, usurped }: State): string | undefined {
  if (usurped) return usurped
  const there = new Set(objects)
  for (const [i, { entries }] of head.versions.entries()) {
    if (i + 1 < head.retainedFrom) continue
    const missing = entries.find(({ object }) => !there.has(object))
    if (missing) return `version ${i + 1} names ${missing.object}, which is not there`
  }
  const documents = head.versions.at(-1)!.entries.flatMap((entry) => [...entry.documents])
  const twice = documents.find((document, i) => documents.indexOf(document) !== i)
  if (twice) return `document ${twice} is there twice`
  if (!documents.includes('x')) return 'document x is lost'
  for (const [who, { told }] of Object.entries(committers)) {
    if (told === 'acknowledged' && !documents.includes(who)) return `document ${who} was acknowledged and is not there`
    if (told === 'refused' && documents.includes(who)) return `document ${who} was refused and is there`
  }
  return undefined
}

function versionOf({ versions }: Head): number {
  return versions.length
}

function sorted(objects: readonly string[]): string[] {
  return [...new Set(objects)].sort()
}

/** A request that is under way already is the same one: that it arrives twice changes nothing that a condition does not refuse. */
function onWire(wire: readonly Message[], message: Message): Message[] {
  const all = new Map([...wire, message].map((one) => [JSON.stringify(one), one]))
  return [...all.keys()].sort().map((key) => all.get(key)!)
}
