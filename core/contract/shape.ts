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
 * The only access to zod: some files declare shapes with it, and all others only use shapes. Functions are imported by
 * name, so bundles omit the rest of zod, above all its messages in fifty languages.
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
 * Replaces `exactOptional` members with `optional` ones, which check a search thirteen times faster: zod creates and
 * drops an issue for each absent `exactOptional` member. Types stay exact; `readShape` defines that undefined counts as
 * absent.
 */
function readFast<Members extends ZodRawShape>(members: Members): Members {
  const fast = Object.entries(members).map(([name, member]) => {
    if (!(member instanceof ZodExactOptional)) return [name, member]
    return [name, (member.unwrap() as ZodType).optional().meta(member.meta() ?? {})]
  })
  return Object.fromEntries(fast)
}

/** The number of items of a list. Every list has a maximum. */
export type ListSize = { readonly min?: number; readonly max: number }

/** A list whose length is checked before its items, so a huge list costs nothing. */
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

/** A declared JSON shape, which checks values and is described in OpenAPI. */
export type Shape<T> = ZodType<T>

/**
 * Declares the shape of a handwritten type. A shape of a different type does not compile.
 */
export function exactly<T>() {
  return <S extends Shape<unknown>>(
    shape: S & (Same<Plain<output<S>>, Plain<T>> extends true ? unknown : never),
  ): Shape<T> => shape as unknown as Shape<T>
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
/** A type without `readonly`, which shapes cannot express. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T

/** A mismatch between a value and a shape, with its path. */
export type Issue = core.$ZodIssue
/** A mismatch with all alternatives of a union, with the issues of each. */
export type UnionIssue = core.$ZodIssueInvalidUnion

/** The JSON Schema of a shape (draft 2020-12, which OpenAPI 3.1 uses). */
export function toJsonSchema(shape: Shape<unknown>): Record<string, unknown> {
  const { $schema: _, ...schema } = toJSONSchema(shape, {
    unrepresentable: 'any',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // zod omits the examples of lists, because a function checks their length before their items.
      const examples = (zodSchema as unknown as ZodType).meta()?.examples
      if (Array.isArray(examples)) jsonSchema.examples = examples
    },
  })
  return schema
}
