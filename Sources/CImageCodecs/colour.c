// Colours to sRGB by liblcms2. It has no state between two calls: each has a context of its own.

#include <stdlib.h>
#include <string.h>

#include <lcms2.h>

#include "internal.h"

static void no_message(cmsContext context, cmsUInt32Number code, const char *text) {
    (void)context;
    (void)code;
    (void)text;
}

/// Ink on white paper, as programs without colour management show it.
static void cmyk_to_rgb(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < 4 * count; i += 4) {
        uint32_t light = 255u - pixels[i + 3];
        for (int c = 0; c < 3; c++) pixels[i + c] = (uint8_t)(((255u - pixels[i + c]) * light + 127) / 255);
        pixels[i + 3] = 255;
    }
}

/// Whether a profile says that it is sRGB: nearly all do.
static bool is_srgb(cmsHPROFILE profile) {
    char name[64] = {0};
    cmsGetProfileInfoASCII(profile, cmsInfoDescription, "en", "US", name, sizeof name);
    return strstr(name, "sRGB") != 0;
}

static bool fits(cmsHPROFILE profile, ic_space space) {
    switch (cmsGetColorSpace(profile)) {
    case cmsSigGrayData: return space == IC_SPACE_GREY;
    case cmsSigRgbData: return space == IC_SPACE_RGB;
    case cmsSigCmykData: return space == IC_SPACE_CMYK;
    default: return false;
    }
}

/// What the bytes of a pixel are for liblcms2; the fourth of RGB is passed over.
static cmsUInt32Number layout(ic_space space) {
    switch (space) {
    case IC_SPACE_GREY: return TYPE_GRAY_8;
    case IC_SPACE_CMYK: return TYPE_CMYK_8;
    default: return TYPE_RGBA_8;
    }
}

/// Converts in place where the pixel keeps its size; true if it was done.
static bool convert(cmsContext context, ic_picture *picture, cmsHPROFILE from) {
    bool is_grey = picture->space == IC_SPACE_GREY;
    cmsToneCurve *curve = is_grey ? cmsBuildGamma(context, 2.2) : 0;
    cmsHPROFILE to = is_grey ? cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve) : cmsCreate_sRGBProfileTHR(context);
    cmsUInt32Number output = is_grey ? TYPE_GRAY_8 : TYPE_RGBA_8;
    cmsUInt32Number flags = cmsFLAGS_NOCACHE | (picture->space == IC_SPACE_RGB ? cmsFLAGS_COPY_ALPHA : 0);
    cmsHTRANSFORM transform =
        to ? cmsCreateTransformTHR(context, from, layout(picture->space), to, output, INTENT_PERCEPTUAL, flags) : 0;
    if (transform) {
        for (uint32_t y = 0; y < picture->height; y++) {
            uint8_t *row = picture->pixels + y * ic_stride(picture);
            cmsDoTransform(transform, row, row, picture->width);
        }
        cmsDeleteTransform(transform);
    }
    if (to) cmsCloseProfile(to);
    if (curve) cmsFreeToneCurve(curve);
    return transform != 0;
}

static bool convert_by(ic_picture *picture, const ic_buffer *profile) {
    cmsContext context = cmsCreateContext(0, 0);
    if (!context) return false;
    cmsSetLogErrorHandlerTHR(context, no_message);
    cmsHPROFILE from = cmsOpenProfileFromMemTHR(context, profile->bytes, (cmsUInt32Number)profile->count);
    bool is_done = false;
    if (from) {
        if (fits(from, picture->space)) is_done = is_srgb(from) || convert(context, picture, from);
        cmsCloseProfile(from);
    }
    cmsDeleteContext(context);
    return is_done;
}

ic_status ic_to_srgb(ic_picture *picture, const ic_buffer *profile) {
    bool is_done = profile->bytes && convert_by(picture, profile);
    if (picture->space != IC_SPACE_CMYK) return IC_OK;
    size_t count = (size_t)picture->width * picture->height;
    if (!is_done) cmyk_to_rgb(picture->pixels, count);
    else for (size_t i = 0; i < count; i++) picture->pixels[4 * i + 3] = 255;
    picture->space = IC_SPACE_RGB;
    return IC_OK;
}
