/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cell.h"

typedef struct _Lexicon Lexicon;

/* Whether a mark such as a dot belongs to an entry. */
typedef enum
{
  LEXICON_FREE,
  LEXICON_AT_END,               /* it may end a sentence as well */
  LEXICON_INSIDE                /* it does not */
} LexiconProtection;

Lexicon *lexicon_new (void);
void lexicon_free (Lexicon * lexicon);
gboolean lexicon_add (Lexicon * lexicon, const gchar * written,
    const gchar * spoken, GError ** error);
guint lexicon_match (const Lexicon * lexicon, const Cell * cells, guint n,
    guint i, const gchar ** spoken);
LexiconProtection lexicon_protection (const Lexicon * lexicon,
    const gchar * token);
