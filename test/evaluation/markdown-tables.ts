/** A table of a report: the line of text before it, and its rows by the titles of their columns. */
export type Table = {
  readonly title: string
  readonly rows: readonly (readonly { readonly column: string; readonly cell: string }[])[]
}

/** The Markdown tables in what a benchmark prints, in their order. */
export function readTables(text: string): Table[] {
  const tables: { title: string; header: string[]; rows: string[][] }[] = []
  const lines = text.split('\n')
  let title = ''
  for (const [i, line] of lines.entries()) {
    if (/^\|[-:|]+$/.test(line)) continue
    if (!line.startsWith('|')) title = line || title
    else if (/^\|[-:|]+$/.test(lines[i + 1] ?? '')) tables.push({ title, header: readCells(line), rows: [] })
    else tables.at(-1)!.rows.push(readCells(line))
  }
  return tables.map(({ title, header, rows }) => ({
    title,
    rows: rows.map((cells) => cells.map((cell, i) => ({ column: header[i]!, cell }))),
  }))
}

function readCells(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}
