import { openEngine } from '@main/engine';
import type { EngineChoice } from '@main/engine';
import { measureGrowth } from '@main/engine/bench';
import type { GrowthPoint } from '@main/engine/bench';
import { drawn, PAPER } from '@main/insight/report/drawings';
import { valueAxis } from '@shared/charts';
import { writeFileAtomic } from '@main/project/atomicFile';
import { tensorflowDir } from '@main/project/enginesDir';
import type { Context } from '../context';
import { table } from '../output';
import type { Answer } from '../output';
import { machineName } from './machine';

/** 14 × 14 patches and CLS, as a ViT at 224 pixels has them. */
const TOKENS = 197;
const IMAGES = [1, 2, 4, 8, 16, 32, 64];
const LENGTHS = [64, 128, 256, 512, 1024, 2048, 4096];

export interface GrowthOptions {
  engine?: EngineChoice['engine'];
  /** A picture of it. */
  svg?: string;
}

/** What the absorbed block costs as images and tokens grow, beside the encoder's own attention. */
export async function benchGrowth({ engine: name, svg }: GrowthOptions, { output, signal }: Context): Promise<Answer> {
  const engine = await openEngine({ engine: name ?? 'onnx', device: 'auto', tensorflowDir: tensorflowDir() });
  const measure = async (images: number, tokens: number): Promise<GrowthPoint> => {
    signal.throwIfAborted();
    output.progress(`${images} images of ${tokens} tokens`);
    return measureGrowth(engine, images, tokens);
  };
  const byTokens: GrowthPoint[] = [];
  for (const tokens of LENGTHS) byTokens.push(await measure(1, tokens));
  const byImages: GrowthPoint[] = [];
  for (const images of IMAGES) byImages.push(await measure(images, TOKENS));
  if (svg !== undefined) writeFileAtomic(svg, growthDrawing(byTokens));
  const points = (list: readonly GrowthPoint[]) =>
    list.map(({ images, tokens, blockMs, attentionMs }) => ({
      images,
      tokens,
      block_ms: rounded(blockMs),
      attention_ms: rounded(attentionMs),
    }));
  const json = {
    machine: machineName(),
    engine: engine.description,
    by_tokens: points(byTokens),
    by_images: points(byImages),
  };
  const rows = [...json.by_tokens, ...json.by_images].map((p) => [p.images, p.tokens, p.block_ms, p.attention_ms]);
  const text = [
    `${engine.description}, ${json.machine}: forward and backward, milliseconds`,
    table(['images', 'tokens', 'absorbed block', 'attention of one encoder layer'], rows),
  ].join('\n');
  return { json, text };
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

/** Both over the number of tokens: a straight line grows linearly. */
function growthDrawing(points: readonly GrowthPoint[]): string {
  const lines = [
    { name: 'absorbed block', colour: PAPER.accent, dashed: false, of: (p: GrowthPoint) => p.blockMs },
    { name: 'attention of one encoder layer', colour: PAPER.warn, dashed: true, of: (p: GrowthPoint) => p.attentionMs },
  ];
  return drawn({
    grid: { left: 60, right: 24, top: 40, bottom: 44 },
    legend: { data: lines.map(({ name }) => name), top: 4, textStyle: { color: PAPER.text } },
    xAxis: { ...valueAxis(PAPER, { min: 0 }), name: 'tokens of one image', nameLocation: 'middle', nameGap: 26 },
    yAxis: { ...valueAxis(PAPER, { min: 0 }), name: 'milliseconds', nameLocation: 'middle', nameGap: 44 },
    series: lines.map(({ name, colour, dashed, of }) => ({
      type: 'line',
      name,
      data: points.map((point) => [point.tokens, of(point)]),
      lineStyle: { color: colour, width: 2, type: dashed ? 'dashed' : 'solid' },
      itemStyle: { color: colour },
      symbol: dashed ? 'diamond' : 'circle',
      symbolSize: 7,
    })),
  });
}
