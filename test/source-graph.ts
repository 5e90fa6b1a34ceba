import { dirname, normalize } from 'node:path/posix'

export type SourceFile = { readonly path: string; readonly text: string }

/** The nodes that each node points to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

export type Import = { readonly target: string }

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s)?[^'"`;]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm

/** Paths and packages that a file imports, by any kind of import. */
export function importsOf({ text }: SourceFile): Import[] {
  return Array.from(text.matchAll(IMPORT), ([, named, lazy, bare]) => ({ target: (named ?? lazy ?? bare)! }))
}

/** The path, from the root, of the target of a file's relative import. */
export function resolveImport(from: string, target: string): string {
  return normalize(`${dirname(from)}/${target}`)
}

/** The graph of imports between files, including imports of types. */
export function fileGraph(files: readonly SourceFile[]): Graph {
  const targetsOf = (file: SourceFile): string[] =>
    importsOf(file)
      .filter(({ target }) => target.startsWith('.'))
      .map(({ target }) => resolveImport(file.path, target))
  return new Map(files.map((file) => [file.path, new Set(targetsOf(file))]))
}

/** The graph of imports between folders. */
export function folderGraph(files: Graph): Graph {
  const folders = new Map<string, Set<string>>()
  for (const [path, targets] of files) {
    const from = dirname(path)
    const others = Array.from(targets, (target) => dirname(target)).filter((to) => to !== from)
    folders.set(from, new Set([...(folders.get(from) ?? []), ...others]))
  }
  return folders
}

/** All cycles: the largest sets of nodes that reach one another, in the order of their names. */
export function findCircles(graph: Graph): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []

  // Tarjan's algorithm: a node that reaches no older node closes the component of all nodes opened since.
  const visit = (node: string): void => {
    const own = order.size
    order.set(node, own)
    lowest.set(node, own)
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (open.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!))
    }
    if (lowest.get(node) !== own) return
    const circle = open.splice(open.indexOf(node))
    if (circle.length > 1) circles.push(circle.sort())
  }

  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return circles
}
