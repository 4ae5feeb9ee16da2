/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "script-words.h"

G_BEGIN_DECLS

/*
 * What a caller may say, as one line:
 *
 *   book             the word
 *   *                any words, or none
 *   (a|b c)          one of these
 *   [x] [x|y]        this, or one of these, or nothing
 *   <list>           a word or phrase of the list
 *   {slot}           one or more words, kept
 *   {slot:kind}      what script_kind_find() knows, kept
 *   {slot:kind:5}    the same, if its value has that many characters
 *   {slot:list}      a phrase of the list, kept
 *   ^ $              at the beginning, at the end: nothing before, behind it
 *
 * Without ^ and $ a pattern matches wherever its words stand in the text.
 */
typedef struct _ScriptPattern ScriptPattern;

/* Of a list by its name, NULL if there is none. */
typedef const ScriptList *(*ScriptFindList) (const gchar * name,
    gpointer data);

ScriptPattern *script_pattern_new (const gchar * text, ScriptFindList find,
    gpointer data, GError ** error);
void script_pattern_free (ScriptPattern * pattern);
const gchar *const *script_pattern_slots (const ScriptPattern * pattern);

gint script_pattern_match (const ScriptPattern * pattern,
    const ScriptWords * words, GHashTable * slots, guint * steps);

G_END_DECLS
