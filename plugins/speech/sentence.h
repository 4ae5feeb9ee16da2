/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "language.h"

typedef enum
{
  SENTENCE_NO_CUT,              /* more characters are needed */
  SENTENCE_END,                 /* a sentence or a paragraph ends */
  SENTENCE_CLAUSE,              /* the first clause of a speech */
  SENTENCE_LENGTH               /* it was getting too long */
} SentenceCut;

typedef struct
{
  const Language *language;     /* or NULL */
  const Lexicon *lexicon;       /* or NULL */
  guint max_chars;
  guint clause_words;           /* 0: no early clause */
  gboolean early;               /* an early clause is wanted */

  guint scan;                   /* the cells before it are looked at */
  guint words;                  /* that begin among them */
  guint last_number;            /* of an enumeration inside a sentence */
} Sentence;

void sentence_restart (Sentence * sentence);
SentenceCut sentence_scan (Sentence * sentence, const Cell * cells, guint n,
    gboolean ended, guint * cut);
