/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What words mean for turn taking: which are only back-channel, which tell the
 * agent to stop, and whether a sentence is likely to go on.
 *
 * Phrases are compared word by word; case, punctuation and the form of accents
 * do not matter. A word of a script without spaces is one character.
 *
 * Immutable once it is in use, so any thread may read it. */

typedef struct _TurnWords TurnWords;

/* What a phrase is; a phrase may be several things. */
typedef enum
{
  TURN_WORD_BACK_CHANNEL = 1 << 0,      /* "uh-huh", "I see" */
  TURN_WORD_STOP = 1 << 1,      /* "stop", "hold on" */
  TURN_WORD_GREETING = 1 << 2,  /* "hello"; back-channel over a greeting */
  TURN_WORD_FAREWELL = 1 << 3,  /* "bye"; back-channel over a goodbye */
  TURN_WORD_ANSWER = 1 << 4,    /* "no thanks": answers yes or no */
  TURN_WORD_POLITE = 1 << 5,    /* "please": never says anything alone */
  TURN_WORD_HESITATION = 1 << 6,        /* "um": more will come */
  TURN_WORD_OPEN = 1 << 7,      /* "and", "the": no sentence ends so */
  TURN_WORD_PREPOSITION = 1 << 8,       /* "with": only a question ends so */
  TURN_WORD_WEAK = 1 << 9,      /* "in": ends one if a full stop says so */
  TURN_WORD_DIGIT = 1 << 10,    /* "seven" */
  TURN_WORD_TEEN = 1 << 11,     /* "twelve": two digits */
  TURN_WORD_TENS = 1 << 12,     /* "twenty": two digits, one if one follows */
  TURN_WORD_DOUBLE = 1 << 13,   /* "double": the next digit counts twice */
  TURN_WORD_TRIPLE = 1 << 14,   /* "triple" */
  TURN_WORD_EMAIL_AT = 1 << 15, /* "at" in a spoken address */
  TURN_WORD_EMAIL_DOT = 1 << 16,        /* "dot" in a spoken address */
} TurnWordClass;

/* The kind of answer that the agent has just asked for. */
typedef enum
{
  TURN_EXPECT_OPEN,
  TURN_EXPECT_YES_NO,
  TURN_EXPECT_DIGITS,
  TURN_EXPECT_SPELLING,
  TURN_EXPECT_EMAIL,
  TURN_EXPECT_NAME,
} TurnExpect;

/* Whether a text is likely to go on. */
typedef enum
{
  TURN_TEXT_UNKNOWN,
  TURN_TEXT_COMPLETE,
  TURN_TEXT_INCOMPLETE,
} TurnText;

#define TURN_WORDS_ERROR (turn_words_error_quark ())
GQuark turn_words_error_quark (void);

typedef enum
{
  TURN_WORDS_ERROR_JSON,        /* not JSON, or not of the form it must have */
  TURN_WORDS_ERROR_KEY,         /* an unknown key */
  TURN_WORDS_ERROR_SIZE,        /* too many phrases, or too long a phrase */
} TurnWordsError;

TurnWords *turn_words_new (void);
TurnWords *turn_words_new_from_json (const gchar * json, GError ** error);
TurnWords *turn_words_ref (TurnWords * words);
void turn_words_unref (TurnWords * words);
gboolean turn_words_add (TurnWords * words, TurnWordClass classes,
    const gchar * phrase);

gchar *turn_words_normalise (const gchar * text, guint * n_words);
gboolean turn_words_cover (const TurnWords * words, const gchar * normal,
    TurnWordClass classes);
gboolean turn_words_begin (const TurnWords * words, const gchar * normal,
    TurnWordClass classes, TurnWordClass skip);
TurnText turn_words_judge (const TurnWords * words, const gchar * text,
    TurnExpect expect, guint length);
