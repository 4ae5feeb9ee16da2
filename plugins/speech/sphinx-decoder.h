/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SPHINX_RATE 16000
/* Samples of one frame; all times are in frames of 10 ms. */
#define SPHINX_FRAME (SPHINX_RATE / 100)

/**
 * SphinxSetup:
 * @hmm: folder of the acoustic model
 * @dict: file of the pronunciations
 * @lm: (nullable): file of a statistical language model
 * @grammar: (nullable): file of a JSGF grammar
 * @keyphrases: (nullable): phrases to listen for, separated by `;`, each with
 *   an optional threshold as in `go away /1e-20/`
 *
 * @garbage: with @grammar: how probable each phone of speech outside the
 *   grammar is; 0 takes everything for a sentence of the grammar
 *
 * What to understand: exactly one of @lm, @grammar and @keyphrases is set.
 */
typedef struct
{
  const gchar *hmm;
  const gchar *dict;
  const gchar *lm;
  const gchar *grammar;
  const gchar *keyphrases;
  gdouble garbage;
} SphinxSetup;

/**
 * SphinxWord:
 * @text: the word, or a whole keyphrase
 * @from: its first frame in the utterance
 * @to: the frame behind its last
 * @confidence: 0 to 1, or negative if it is not known
 */
typedef struct
{
  gchar *text;
  guint from;
  guint to;
  gdouble confidence;
} SphinxWord;

typedef struct _SphinxDecoder SphinxDecoder;

SphinxDecoder *sphinx_decoder_new (const SphinxSetup * setup, GError ** error);
void sphinx_decoder_free (SphinxDecoder * self);
gboolean sphinx_decoder_hears (SphinxDecoder * self, const gint16 * samples,
    gsize n);
gboolean sphinx_decoder_begin (SphinxDecoder * self);
void sphinx_decoder_feed (SphinxDecoder * self, const gint16 * samples,
    gsize n);
void sphinx_decoder_end (SphinxDecoder * self);
GArray *sphinx_decoder_words (SphinxDecoder * self);

G_END_DECLS
