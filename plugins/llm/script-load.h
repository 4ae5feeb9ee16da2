/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "script-private.h"

G_BEGIN_DECLS

/* What is known while a script is read. */
typedef struct
{
  Script *script;
  const gchar *text;            /* the file; NULL for lines of our own */
  gssize length;
  GString *pointer;             /* where we are, a JSON pointer */
  GError *error;                /* the first one */
  GPtrArray *state_names;       /* of gchar *, ended by NULL */
  GPtrArray *list_names;        /* likewise */
  GHashTable *used_lists;       /* names */
  GHashTable *slots;            /* names that something fills */
  GHashTable *results;          /* names that calls give */
  GPtrArray *places;            /* of ScriptPlace, looked at in the end */
  guint depth;
} ScriptLoader;

/* A name that a template or condition reads. */
typedef struct
{
  gchar *pointer;
  gchar *name;
  gboolean has_path;
} ScriptPlace;

/* Each returns FALSE, so that it can be returned. */
gboolean script_load_fail (ScriptLoader * l, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);
gboolean script_load_fail_at (ScriptLoader * l, const gchar * key,
    const gchar * format, ...) G_GNUC_PRINTF (3, 4);
void script_load_warn (ScriptLoader * l, const gchar * pointer,
    const gchar * format, ...) G_GNUC_PRINTF (3, 4);

/* The pointer goes down by a member or an element, and up again. */
gsize script_load_enter (ScriptLoader * l, const gchar * key);
gsize script_load_enter_index (ScriptLoader * l, guint index);
void script_load_leave (ScriptLoader * l, gsize mark);

JsonObject *script_load_object (ScriptLoader * l, JsonNode * node);
gboolean script_load_keys (ScriptLoader * l, JsonObject * object,
    const gchar * const *known);
gboolean script_load_string (ScriptLoader * l, JsonObject * object,
    const gchar * key, const gchar ** value);
gboolean script_load_flag (ScriptLoader * l, JsonObject * object,
    const gchar * key, gboolean * value);

ScriptAction *script_load_action (ScriptLoader * l, JsonNode * node,
    const gchar * const *more_keys);
gboolean script_load_only_speaks (ScriptLoader * l,
    const ScriptAction * action);

G_END_DECLS
