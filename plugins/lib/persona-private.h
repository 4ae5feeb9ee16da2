/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What persona-check.c makes of a text and persona.c gives out.
 */
#pragma once

#include "persona.h"

G_BEGIN_DECLS

#define PERSONA_SIZE (1024 * 1024)

struct _GstVoicePersona
{
  JsonNode *root;               /* completed */
  gchar *pipeline;              /* path of the description, or NULL */
  GPtrArray *tools;             /* GstVoicePersonaTool */
};

GstVoicePersona *persona_read (const gchar * text, gsize length,
    const gchar * origin, const gchar * base_dir, GPtrArray * problems);
GstVoicePersona *persona_read_tools (const gchar * text, gsize length,
    const gchar * origin, const gchar * base_dir, GPtrArray * problems);

G_END_DECLS
