/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* More words of a text than this are not looked at. */
#define SCRIPT_MAX_WORDS 256

#define SCRIPT_ERROR (script_error_quark ())
GQuark script_error_quark (void);

typedef struct
{
  gchar *word;                  /* folded: what patterns are compared with */
  guint start, end;             /* where it stands in the text, in bytes */
} ScriptWord;

/* A text as its words. */
typedef struct
{
  gchar *text;                  /* valid UTF-8 */
  guint n;
  ScriptWord *word;
} ScriptWords;

ScriptWords *script_words_new (const gchar * text);
void script_words_free (ScriptWords * words);
gchar *script_words_written (const ScriptWords * words, guint from, guint n);

/* Words and phrases that mean the same, or each a value of its own. */
typedef struct _ScriptList ScriptList;

ScriptList *script_list_new (void);
void script_list_free (ScriptList * list);
gboolean script_list_add (ScriptList * list, const gchar * phrase,
    const gchar * value);

/* A way to read words as a value. */
typedef struct _ScriptKind ScriptKind;

const ScriptKind *script_kind_find (const gchar * name);
gboolean script_kind_counts (const ScriptKind * kind);

/* How many readings of different length one place can have. */
#define SCRIPT_MAX_SPANS 8

typedef struct
{
  guint n;                      /* words */
  gchar *value;                 /* only if it was asked for */
} ScriptSpan;

guint script_kind_spans (const ScriptKind * kind, guint length,
    const ScriptWords * words, guint pos, gboolean values, ScriptSpan * spans);
guint script_list_spans (const ScriptList * list, const ScriptWords * words,
    guint pos, gboolean values, ScriptSpan * spans);

G_END_DECLS
