import { ClusterNode } from '../../core/cluster/cluster-node.ts'
import { VERSION } from '../../core/prism-version.ts'
import { systemRandom } from '../../core/system-random.ts'
import { HttpNodeTransport } from '../../core/transport/http-node-transport.ts'
import { type Arguments, type Options, usage } from '../terminal/arguments.ts'
import type { Terminal } from '../terminal/command.ts'

/** Minimum length of the secret, because a shorter one could be guessed. */
const SECRET_CHARACTERS_MIN = 16

export const NODE_OPTIONS: Options = {
  advertise: {
    type: 'string',
    value: 'URL',
    help: 'address at which other servers of the deployment reach this one (PRISM_ADVERTISE)',
  },
}

export type ServingNode = { readonly node: ClusterNode; readonly secret: string }

/**
 * Creates the node of a server if the options give an address for other nodes.
 *
 * @throws {InvalidRequestError} for an invalid address or a missing secret
 */
export function nodeOf(
  { strings }: Arguments,
  { env }: Terminal,
  onFailure: (error: unknown) => void,
): ServingNode | undefined {
  const given = strings.advertise ?? env.PRISM_ADVERTISE
  if (!given) return undefined
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw usage(`--advertise takes an address such as http://10.0.0.7:3080, got "${given}"`)
  }
  // Never an option, because every user of the machine can read command lines.
  const secret = env.PRISM_CLUSTER_SECRET ?? ''
  if (!/^[\x21-\x7e]+$/.test(secret) || secret.length < SECRET_CHARACTERS_MIN) {
    const what = `at least ${SECRET_CHARACTERS_MIN} visible ASCII characters, the same for all servers of the deployment`
    throw usage(`--advertise needs PRISM_CLUSTER_SECRET: ${what}`)
  }
  const transport = new HttpNodeTransport(secret)
  const node = new ClusterNode({ address: url.origin, version: VERSION, transport, random: systemRandom, onFailure })
  return { node, secret }
}
