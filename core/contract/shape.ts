import {
  array,
  boolean,
  type core,
  custom,
  int,
  literal,
  number,
  object,
  type output,
  preprocess,
  strictObject,
  string,
  toJSONSchema,
  union,
  unknown,
  ZodExactOptional,
  type ZodRawShape,
  type ZodType,
  enum as zodEnum,
} from 'zod'

/**
 * The one door to zod: files of shapes declare with it, all others only read values by shapes. Name by name, so that bundles
 * leave out the rest of zod, above all its messages in fifty languages.
 */
export const z = {
  array,
  boolean,
  custom,
  enum: zodEnum,
  int,
  list,
  literal,
  number,
  object: <Members extends ZodRawShape>(members: Members) => object(readFast(members)),
  strictObject: <Members extends ZodRawShape>(members: Members) => strictObject(readFast(members)),
  string,
  union,
  unknown,
}

/**
 * The same members, of which those that may be left out may also be undefined. zod makes an issue for each absent member that
 * is `exactOptional` and drops it again: thirteen times as long for a search. Types stay exact: `readShape` says that undefined
 * counts as left out.
 */
function readFast<Members extends ZodRawShape>(members: Members): Members {
  const fast = Object.entries(members).map(([name, member]) => {
    if (!(member instanceof ZodExactOptional)) return [name, member]
    return [name, (member.unwrap() as ZodType).optional().meta(member.meta() ?? {})]
  })
  return Object.fromEntries(fast)
}

/** How many items a list has. A list without a largest size does not exist. */
export type ListSize = { readonly min?: number; readonly max: number }

/** A list whose length is checked before its items are looked at, so that a huge one costs nothing. */
function list<Item extends ZodType>(item: Item, { min = 0, max }: ListSize) {
  const items = array(item).max(max)
  return preprocess(
    (value, { issues }) => {
      if (Array.isArray(value) && value.length > max) {
        issues.push({ code: 'too_big', origin: 'array', maximum: max, inclusive: true, input: value })
      }
      return value
    },
    min === 0 ? items : items.min(min),
  )
}

/** A declared JSON shape that values are read by and that OpenAPI describes. */
export type Shape<T> = ZodType<T>

/**
 * Declares a shape of a type that is written by hand elsewhere: a shape that
 * says anything else does not compile.
 */
export function exactly<T>() {
  return <S extends Shape<unknown>>(
    shape: S & (Same<Plain<output<S>>, Plain<T>> extends true ? unknown : never),
  ): Shape<T> => shape as unknown as Shape<T>
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
/** A type without `readonly`, which shapes cannot say. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T

/** What does not fit a shape, and where. */
export type Issue = core.$ZodIssue
/** A value that fits no alternative of a union, and why it fits none. */
export type UnionIssue = core.$ZodIssueInvalidUnion

/** JSON Schema (draft 2020-12, as OpenAPI 3.1 has it) of a shape. */
export function toJsonSchema(shape: Shape<unknown>): Record<string, unknown> {
  const { $schema: _, ...schema } = toJSONSchema(shape, { unrepresentable: 'any', io: 'input' })
  return schema
}
