/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "provider.h"

/* The options of @info, in a struct of its `options_size`, zero at first. */
void provider_options_install (const GstVoiceProviderInfo * info,
    GObjectClass * klass);
void provider_options_init (const GstVoiceProviderInfo * info,
    GObject * object, gpointer settings);
void provider_options_clear (const GstVoiceProviderInfo * info,
    gpointer settings);
void provider_options_copy (const GstVoiceProviderInfo * info, gpointer to,
    gconstpointer from);
void provider_options_set (const GstVoiceProviderInfo * info,
    gpointer settings, guint id, const GValue * value);
void provider_options_get (const GstVoiceProviderInfo * info,
    gconstpointer settings, guint id, GValue * value);
