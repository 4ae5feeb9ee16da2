/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The input is a description, and it is a value inside of another one. A
 * restricted description may make nothing but what is allowed, and a value must
 * arrive as it is.
 */
#include <gst-voice/description.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);
const char *__asan_default_options (void);

/* GStreamer 1.22 leaks a list in caps that cannot be read; leaks of ours are
 * found by the unit tests. */
__attribute__((visibility ("default")))
     const char *
     __asan_default_options (void)
{
  return "detect_leaks=0";
}

/* One pad in, one pad out, a property of every kind. */
typedef struct
{
  GstElement parent;
  gchar *text;
} Box;

typedef struct
{
  GstElementClass parent;
} BoxClass;

enum
{
  PROP_TEXT = 1,
  PROP_NUMBER,
  PROP_CAPS,
  PROP_STRUCTURE,
  PROP_CHILD,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GType box_get_type (void);
G_DEFINE_TYPE (Box, box, GST_TYPE_ELEMENT);

static void
box_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  Box *box = (Box *) object;

  if (id == PROP_TEXT) {
    g_free (box->text);
    box->text = g_value_dup_string (value);
  }
}

static void
box_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  if (id == PROP_TEXT)
    g_value_set_string (value, ((Box *) object)->text);
}

static void
box_finalize (GObject * object)
{
  g_free (((Box *) object)->text);
  G_OBJECT_CLASS (box_parent_class)->finalize (object);
}

static void
box_class_init (BoxClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = box_set_property;
  object_class->get_property = box_get_property;
  object_class->finalize = box_finalize;
  g_object_class_install_property (object_class, PROP_TEXT,
      g_param_spec_string ("text", NULL, NULL, NULL, G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_NUMBER,
      g_param_spec_int ("number", NULL, NULL, -5, 5, 0, G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_CAPS,
      g_param_spec_boxed ("caps", NULL, NULL, GST_TYPE_CAPS,
          G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_STRUCTURE,
      g_param_spec_boxed ("structure", NULL, NULL, GST_TYPE_STRUCTURE,
          G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_CHILD,
      g_param_spec_object ("child", NULL, NULL, GST_TYPE_ELEMENT,
          G_PARAM_READWRITE));
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Box", "Test",
      "In and out", "gst-voice");
}

static void
box_init (Box * box)
{
  gst_element_add_pad (GST_ELEMENT (box),
      gst_pad_new_from_static_template (&sink_template, "sink"));
  gst_element_add_pad (GST_ELEMENT (box),
      gst_pad_new_from_static_template (&src_template, "src"));
}

/* GStreamer warns of much that it reads out of caps and structures; what we
 * are to find before it is a name that stands twice. What GLib does of a fatal
 * warning (SIGTRAP) leaves libFuzzer without a finding. */
static void
abort_on_warning (const gchar * domain, GLogLevelFlags level,
    const gchar * message, gpointer user_data)
{
  if (!(level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
      || (g_strcmp0 (domain, "GStreamer") == 0
          && !g_str_has_prefix (message, "Name '")))
    return;
  g_printerr ("%s: %s\n", domain, message);
  abort ();
}

/* No plugin of the system: only what is registered here, `bin` and
 * `pipeline`. */
static void
initialise (void)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  gst_init (NULL, NULL);
  g_log_set_always_fatal (0);
  g_log_set_default_handler (abort_on_warning, NULL);
  gst_element_register (NULL, "box", GST_RANK_NONE, box_get_type ());
  gst_element_register (NULL, "secret", GST_RANK_NONE, box_get_type ());
  gst_element_register (NULL, "capsfilter", GST_RANK_NONE, box_get_type ());
}

/* Every name of values starts with v. */
static gchar *
look_up (const gchar * name, gpointer value)
{
  return *name == 'v' ? g_strdup (value) : NULL;
}

static void
assert_allowed (const GValue * item, gpointer user_data)
{
  GstElementFactory *factory =
      gst_element_get_factory (g_value_get_object (item));

  g_assert_cmpstr (GST_OBJECT_NAME (factory), !=, "secret");
  g_assert_cmpstr (GST_OBJECT_NAME (factory), !=, "pipeline");
}

static void
build (GstVoiceDescription * description, GstVoiceDescriptionFlags flags)
{
  static const gchar *const allowed[] = { "box", NULL };
  static gchar value[] = "a\" ! secret \\";
  GPtrArray *problems = NULL;
  GstElement *bin = gst_voice_description_build (description, flags, allowed,
      look_up, value, NULL);

  if (!bin) {
    g_assert_false (gst_voice_description_check (description, flags, allowed,
            look_up, value, &problems));
    for (guint i = 0; i < problems->len; i++)
      g_assert_true (g_utf8_validate (problems->pdata[i], -1, NULL));
    g_ptr_array_unref (problems);
    return;
  }
  gst_object_ref_sink (bin);
  if (flags & GST_VOICE_DESCRIPTION_RESTRICTED) {
    GstIterator *all = gst_bin_iterate_recurse (GST_BIN (bin));

    gst_iterator_foreach (all, assert_allowed, NULL);
    gst_iterator_free (all);
  }
  gst_object_unref (bin);
}

static void
put_in (const gchar * form, const gchar * value)
{
  GstVoiceDescription *description = gst_voice_description_new (form, -1, "t",
      NULL);
  GstElement *bin = gst_voice_description_build (description, 0, NULL, look_up,
      (gpointer) value, NULL);
  Box *box;

  g_assert_nonnull (bin);
  gst_object_ref_sink (bin);
  g_assert_cmpint (GST_BIN_NUMCHILDREN (bin), ==, 2);
  box = (Box *) gst_bin_get_by_name (GST_BIN (bin), "x");
  g_assert_cmpstr (box->text, ==, value);
  gst_object_unref (box);
  gst_object_unref (bin);
  gst_voice_description_unref (description);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  GstVoiceDescription *description = gst_voice_description_new ((const gchar *)
      data, size, "t", NULL);
  static gboolean initialised;
  gchar *value;

  if (!initialised)
    initialise ();
  initialised = TRUE;
  if (!description)
    return 0;
  build (description, GST_VOICE_DESCRIPTION_NONE);
  build (description, GST_VOICE_DESCRIPTION_RESTRICTED);
  gst_voice_description_unref (description);
  value = g_strndup ((const gchar *) data, size);
  put_in ("box name=x text=\"${v}\" number=2 ! box", value);
  put_in ("box ! box text=${v} name=x", value);
  g_free (value);
  return 0;
}
