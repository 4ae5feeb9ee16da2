/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One validation at work: what schema-validate.c and schema-object.c share.
 */
#pragma once

#include "schema-private.h"

G_BEGIN_DECLS

/* Problems of one list; what comes later is not written down. */
#define PROBLEMS_LIMIT 32

/* The way from the root to a value, on the stack. */
typedef struct _Path
{
  const struct _Path *up;
  const gchar *name;            /* NULL: an array's item */
  guint index;
} Path;

typedef struct
{
  GHashTable *visits;           /* Subs reached by reference, at a value */
  GPtrArray *names;             /* values made for propertyNames */
  guint steps;
  guint depth;
  const gchar *given_up;
} Run;

gboolean schema_charge (Run * run, guint steps);
gchar *schema_types_in_words (guint types);
gboolean schema_matches (Run * run, const SchemaPattern * pattern,
    const gchar * text);
gboolean schema_check_counts (const Sub * sub, guint which, gint64 count,
    const gchar * one, const gchar * many, const Path * path, GPtrArray * out);

gboolean schema_check_object (Run * run, const Sub * sub, JsonNode * node,
    const Path * path, GPtrArray * out);
gboolean schema_check_array (Run * run, const Sub * sub, JsonNode * node,
    const Path * path, GPtrArray * out);
gboolean schema_check (Run * run, const Sub * sub, JsonNode * node,
    const Path * path, GPtrArray * out);

gboolean schema_fail (GPtrArray * out, const Path * path,
    const gchar * keyword, gchar * expected, const gchar * format, ...)
    G_GNUC_PRINTF (5, 6);

G_END_DECLS
