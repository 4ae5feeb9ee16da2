/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GHashTable *sphinx_dict_find (const gchar * path, gchar ** words,
    GError ** error);
gchar **sphinx_dict_phones (const gchar * path, GError ** error);

G_END_DECLS
