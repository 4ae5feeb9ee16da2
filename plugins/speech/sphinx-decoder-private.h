/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sphinx-decoder.h"

#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/fe.h>
#include <sphinxbase/feat.h>

G_BEGIN_DECLS

/* Room for what the ear says of one piece of sound. */
#define EAR_FRAMES 64
/* What words begin with that stand for speech outside the grammar. */
#define GARBAGE "garbage:"

struct _SphinxDecoder
{
  /* set once */
  gchar *key;                   /* which models */
  gboolean is_large;
  ps_decoder_t *ps;
  fe_t *ear;                    /* only says whether somebody speaks */
  mfcc_t **cepstra;             /* what it says besides */
  mfcc_t *first_mean;           /* of the features, before the first call */

  /* the user's thread */
  gboolean has_grammar;
  gboolean open;                /* an utterance is */
  gboolean broken;
};

gboolean sphinx_guard (void (*func) (gpointer data), gpointer data,
    gchar ** message);
gboolean sphinx_grammar_load (SphinxDecoder * self, const SphinxSetup * setup,
    GError ** error);
gboolean sphinx_keyphrases_load (SphinxDecoder * self,
    const SphinxSetup * setup, GError ** error);

G_END_DECLS
