/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The properties that all language models have. */
typedef struct
{
  gchar *system_prompt, *welcome, *apology, *unheard;
  gboolean welcome_interruptible;
  gdouble temperature;
  guint max_steps;
} LlmSettings;

G_GNUC_INTERNAL void llm_settings_init (LlmSettings * s);
G_GNUC_INTERNAL void llm_settings_clear (LlmSettings * s);
G_GNUC_INTERNAL void llm_settings_copy (LlmSettings * to,
    const LlmSettings * from);

/* FALSE if there is no such property. */
G_GNUC_INTERNAL gboolean llm_settings_set (LlmSettings * s, guint id,
    const GValue * value);
G_GNUC_INTERNAL gboolean llm_settings_get (const LlmSettings * s, guint id,
    GValue * value);
G_GNUC_INTERNAL void llm_settings_install (GObjectClass * klass);

G_END_DECLS
