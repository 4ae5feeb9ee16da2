/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FliteToken:
 * @written: as it stands in the sentence
 * @name: (nullable): what flite is to say, ASCII without punctuation around
 *   it; %NULL if there is nothing to say
 * @after: the punctuation behind it that makes a pause or a melody, one of
 *   `.,:;!?`, or 0
 *
 * What stands between two spaces of a sentence.
 */
typedef struct
{
  gchar *written;
  gchar *name;
  gchar after;
} FliteToken;

/* Of a longer one only the beginning is spoken: flite's rules are recursive. */
#define FLITE_TOKEN_MAX 128

GArray *flite_text_split (const gchar * text);

G_END_DECLS
