"""A font whose every character is the same empty box, half as wide as high: text takes the same room on any machine, and shows nothing."""
import sys
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.pens.ttGlyphPen import TTGlyphPen
fb = FontBuilder(1000, isTTF=True)
fb.setupGlyphOrder(['.notdef', 'blank'])
fb.setupCharacterMap({0x20: 'blank'})
every = CmapSubtable.newSubtable(13)
every.platformID, every.platEncID, every.language = 3, 10, 0
every.cmap = {code: 'blank' for code in range(0x20, 0x30000)}
fb.font['cmap'].tables.append(every)
fb.setupGlyf({name: TTGlyphPen(None).glyph() for name in ('.notdef', 'blank')})
fb.setupHorizontalMetrics({name: (550, 0) for name in ('.notdef', 'blank')})
fb.setupHorizontalHeader(ascent=930, descent=-240)
fb.setupNameTable({'familyName': 'Blank', 'styleName': 'Regular'})
fb.setupOS2(sTypoAscender=930, sTypoDescender=-240, sTypoLineGap=0, usWinAscent=930, usWinDescent=240)
fb.setupPost(keepGlyphNames=False)
fb.save(sys.argv[1])
