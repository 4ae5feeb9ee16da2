/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What schema-compile.c makes and schema-validate.c walks: one Sub for each
 * (sub)schema, all owned by the GstVoiceSchema, so that references among them
 * may go in circles.
 */
#pragma once

#include "schema.h"

G_BEGIN_DECLS

/* Bits of Sub.types; every integer is a number too. */
enum
{
  TYPE_NULL = 1 << 0,
  TYPE_BOOLEAN = 1 << 1,
  TYPE_INTEGER = 1 << 2,
  TYPE_NUMBER = 1 << 3,
  TYPE_STRING = 1 << 4,
  TYPE_ARRAY = 1 << 5,
  TYPE_OBJECT = 1 << 6,
};

enum
{
  COUNT_MIN_LENGTH, COUNT_MAX_LENGTH,
  COUNT_MIN_ITEMS, COUNT_MAX_ITEMS,
  COUNT_MIN_CONTAINS, COUNT_MAX_CONTAINS,
  COUNT_MIN_PROPERTIES, COUNT_MAX_PROPERTIES,
  N_COUNTS
};

enum
{
  NUMBER_MINIMUM, NUMBER_MAXIMUM,
  NUMBER_EXCLUSIVE_MINIMUM, NUMBER_EXCLUSIVE_MAXIMUM,
  NUMBER_MULTIPLE_OF,
  N_NUMBERS
};

enum
{
  SINGLE_REF, SINGLE_NOT, SINGLE_IF, SINGLE_THEN, SINGLE_ELSE,
  SINGLE_ITEMS, SINGLE_ADDITIONAL_ITEMS, SINGLE_CONTAINS,
  SINGLE_ADDITIONAL_PROPERTIES, SINGLE_PROPERTY_NAMES,
  N_SINGLES
};

enum
{
  LIST_ALL_OF, LIST_ANY_OF, LIST_ONE_OF, LIST_PREFIX_ITEMS,
  N_LISTS
};

enum
{
  MAP_PROPERTIES, MAP_DEPENDENT_SCHEMAS,
  N_MAPS
};

typedef struct
{
  const gchar *name;
  gboolean (*check) (const gchar * text);
  const gchar *hint;            /* such as YYYY-MM-DD */
} SchemaFormat;

typedef struct _Sub Sub;

typedef struct
{
  gchar *source;
  GRegex *regex;
  Sub *sub;                     /* of patternProperties */
} SchemaPattern;

struct _Sub
{
  gchar *pointer;               /* where it stands in the schema */
  JsonNode *node;               /* the schema itself; borrowed from the root */
  gboolean never;               /* the schema `false` */
  guint types;                  /* 0: any */
  JsonArray *enumeration;
  JsonNode *constant;
  JsonNode *fallback;           /* `default` */
  JsonNode *numbers[N_NUMBERS];
  gint64 counts[N_COUNTS];      /* -1: none */
  gboolean unique;
  SchemaPattern *pattern;
  const SchemaFormat *format;
  JsonArray *required;
  JsonObject *dependent_required;
  GPtrArray *pattern_properties;        /* SchemaPattern */
  Sub *singles[N_SINGLES];
  GPtrArray *lists[N_LISTS];    /* Sub */
  GHashTable *maps[N_MAPS];     /* name → Sub */
  guint height;                 /* of schemas applied to the same value */
};

struct _GstVoiceSchema
{
  JsonNode *root;
  GPtrArray *subs;              /* the first one is the root's */
};

void schema_compile (GstVoiceSchema * schema, JsonNode * node,
    GstVoiceSchemaFlags flags, GPtrArray * problems);
void schema_sub_free (gpointer sub);
gboolean schema_has_property (GstVoiceSchema * schema, const gchar * name);

const SchemaFormat *schema_format_find (const gchar * name);

GRegex *schema_pattern_new (const gchar * ecma, GError ** error);

GPtrArray *schema_problems_new (void);
void schema_problem_add (GPtrArray * problems, gchar * pointer,
    const gchar * keyword, gchar * message, gchar * expected);

G_END_DECLS
