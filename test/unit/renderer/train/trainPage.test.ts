// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import TrainPage from '@renderer/features/train/TrainPage.vue';
import { UserError } from '@shared/errors';
import { mountPage } from '../mountPage';
import { PageServices, runEstimate, runSummary } from '../pageServices';

const progress = {
  run: 'run-2',
  stage: 'chosen',
  done: 9,
  total: 15,
  epoch: 9,
  epochs: 15,
  secondsLeft: 1.8,
  paused: false,
  memoryBytes: 412_000_000,
  waiting: 0.004,
  line: null,
  log: null,
};

/** What was asked of the chosen recipe, and not of all presets beside it. */
const asked = (s: PageServices): unknown[] =>
  s.called('training.estimate').filter((input) => !(input as { known?: boolean }).known);

const NO_SCORES = { probe: null, plain: null, chosen: null };

describe('the train page', () => {
  it('says what a run takes and leaves out before it starts, and starts it with one key', async () => {
    const s = new PageServices();
    const { page, text, press } = await mountPage(TrainPage, s);
    expect(text()).toContain('Nothing trained yet');
    expect(text()).toContain('about 14 s · about 412 MB of memory');
    expect(text()).toContain('532 training and 78 validation samples take part');
    expect(text()).toContain('14 samples stay out: 12 unsure, 2 excluded');
    expect(text()).toContain('y = M₂·L(M₁z) + z');
    const method = page.find<HTMLDetailsElement>('details.method');
    expect(method.element.open).toBe(false);
    expect(method.find('summary').text()).toMatch(/SmolLM2 block.*outer/);
    await press('Enter', { ctrlKey: true });
    expect(s.called('training.start')).toMatchObject([{ preset: 'quick', mode: 'outer', core: 'block', epochs: 15 }]);
    expect(text()).toContain('Run 1');
    expect(text()).toContain('Queue another run');
  });

  it('trains the encoder too where the person says so, and shows the samples as its augmentation changes them', async () => {
    const s = new PageServices();
    const urls = vi.fn();
    const { text, page, press } = await mountPage(TrainPage, s);
    expect(text()).toContain('As the network sees them ');
    const answer = globalThis.fetch;
    vi.stubGlobal('fetch', (url: string) => {
      urls(url);
      return answer(url);
    });
    await page.find('input[type="radio"][value="full"]').setValue(true);
    await vi.waitFor(() => expect(asked(s).at(-1)).toMatchObject({ preset: 'full', epochs: 30 }));
    await flushPromises();
    expect(text()).toContain('As the network sees them, augmented');
    expect(text()).toContain('encoder trained · outer');
    expect(text()).toContain('at most about 14 s');
    expect(urls.mock.calls.flat().every((url) => /augmented\?keys=[\d,]+&as=.*mild/.test(String(url)))).toBe(true);
    expect(urls.mock.calls).toHaveLength(1);
    await press('Enter', { ctrlKey: true });
    expect(s.called('training.start')).toMatchObject([
      { preset: 'full', layerDecay: 0.75, labelSmoothing: 0.1, augment: 'mild', patience: 8 },
    ]);
  });

  it('asks whether the block helps: no other core to choose, repetitions to set, and the answer in one sentence', async () => {
    const s = new PageServices();
    const { text, page, press } = await mountPage(TrainPage, s);
    await page.find('input[type="radio"][value="booster"]').setValue(true);
    await vi.waitFor(() =>
      expect(asked(s).at(-1)).toMatchObject({
        preset: 'booster',
        core: 'block',
        seeds: 5,
        delta: 0.01,
      }),
    );
    await flushPromises();
    expect(text()).toContain('Start the check');
    const labels = page.findAll('.field label').map((label) => label.text());
    expect(labels).toEqual(expect.arrayContaining(['Folds', 'Repetitions', 'Smallest difference that matters']));
    expect(labels).not.toContain('Seed');
    await press('Enter', { ctrlKey: true });
    expect(s.called('training.start')).toMatchObject([{ preset: 'booster', mode: 'outer', core: 'block', seeds: 5 }]);
  });

  it('shows what a check found, and nothing that it has not', async () => {
    const s = new PageServices();
    s.runs = [
      runSummary(2, { preset: 'booster', verdict: 'structure', predictor: null, scores: NO_SCORES, epochsDone: 0 }),
      runSummary(1, { predicting: true }),
    ];
    const { text, page } = await mountPage(TrainPage, s);
    await flushPromises();
    expect(text()).toContain("The block's structure helps; its pre-training adds nothing seen here.");
    expect(text()).toContain('structure helps');
    expect(text()).toContain('5 repetitions of 5 folds · 624 samples in 560 groups');
    const rows = page.findAll('.tables tbody tr').map((row) => row.text());
    expect(rows[0]).toContain('pre-trained block − no block');
    expect(rows[0]).toContain('+0.021');
    expect(rows).toHaveLength(5 + 4);
    expect(text()).not.toContain('Validation AUC');
    expect(text()).not.toContain('Predict with this');
    // The next run is one that predicts.
    expect((page.find('input[type="radio"][value="quick"]').element as HTMLInputElement).checked).toBe(true);
  });

  it('adds a block of a language model to the library, trains with it, and takes it out again', async () => {
    const s = new PageServices();
    const { text, button, page, press } = await mountPage(TrainPage, s);
    (page.find('details.method').element as HTMLDetailsElement).open = true;
    button('Add block').click();
    await flushPromises();
    expect(text()).toContain('Takes one layer of a language model');
    button('Choose a folder').click();
    await flushPromises();
    button('Choose this folder').click();
    await flushPromises();
    expect(s.called('blocks.inspect')).toHaveLength(1);
    for (const said of ['LLaMA', '4,096', '11,008', '202.4 million', 'safetensors · F16', 'the CLS row alone'])
      expect(text()).toContain(said);
    button('Add to library').click();
    await flushPromises();
    expect(s.called('blocks.add')).toMatchObject([{ layer: 31 }]);
    expect(text()).toContain('It is in your library and chosen for the next run.');
    expect(text()).toContain('ab12'.repeat(16));
    button('Close').click();
    await flushPromises();
    expect(text()).toContain('DINOv2-small, llama-7b-layer-31.safetensors');
    await vi.waitFor(() =>
      expect(asked(s).at(-1)).toMatchObject({
        block: { layer: 31, causal: false, rotary: false },
      }),
    );
    await press('Enter', { ctrlKey: true });
    expect(s.called('training.start')).toMatchObject([{ block: { path: s.library[0]!.path, layer: 31 } }]);
    button('Remove').click();
    await flushPromises();
    [...document.querySelectorAll<HTMLButtonElement>('.dialog button')].at(-1)!.click();
    await flushPromises();
    expect(s.library).toEqual([]);
    expect(text()).toContain('DINOv2-small, SmolLM2 block');
  });

  it('adds an encoder to the library and trains on it', async () => {
    const s = new PageServices();
    const { text, button, page, press } = await mountPage(TrainPage, s);
    (page.find('details.method').element as HTMLDetailsElement).open = true;
    button('Add encoder').click();
    await flushPromises();
    button('Choose a folder').click();
    await flushPromises();
    button('Choose this folder').click();
    await flushPromises();
    for (const said of ['DINOv2', '12 layers, 768 wide, 12 heads', '86.0 million', '518 × 518 pixels, 3 channels'])
      expect(text()).toContain(said);
    button('Add to library').click();
    await flushPromises();
    expect(text()).toContain('dinov2-base, SmolLM2 block');
    const { path } = s.encoders[0]!;
    await vi.waitFor(() => expect(s.called('training.estimate').at(-1)).toMatchObject({ encoder: { path } }));
    await press('Enter', { ctrlKey: true });
    // Layers are those of the bundled encoder no more: the last one is read.
    expect(s.called('training.start')).toMatchObject([{ encoder: { path }, taps: 'last' }]);
  });

  it('trains the encoder on slices where the samples are volumes, or a 3D ViT from scratch', async () => {
    const s = new PageServices();
    s.info = { ...s.info!, dimensions: '3d', input: { ...s.info!.input, axes: 'three-axes' } };
    const { text, page, press } = await mountPage(TrainPage, s);
    expect(text()).toContain('along all three axes');
    await page.find('input[type="radio"][value="full"]').setValue(true);
    await flushPromises();
    expect(text()).toContain('DINOv2-small, SmolLM2 block');
    expect(text()).toContain('is trained with the head');
    await vi.waitFor(() =>
      expect(s.called('training.estimate').at(-1)).toMatchObject({ encoder: 'vit', batch: 2, accumulate: 16 }),
    );
    const encoders = page.findAll('select').find((select) => select.text().includes('3D ViT on the whole volume'))!;
    await encoders.setValue('vit3d');
    await flushPromises();
    expect(text()).toContain('3D ViT, SmolLM2 block');
    expect(text()).toContain('343 cubes');
    expect(text()).toContain('28 × 28 × 28 · the whole volume');
    await vi.waitFor(() => expect(s.called('training.estimate').at(-1)).toMatchObject({ encoder: 'vit3d' }));
    await press('Enter', { ctrlKey: true });
    expect(s.called('training.start')).toMatchObject([
      { preset: 'full', encoder: 'vit3d', encoderSize: 'compact', taps: 'last', layerDecay: 1, learningRate: 3e-4 },
    ]);
    await page.find('input[type="radio"][value="quick"]').setValue(true);
    await vi.waitFor(() =>
      expect(s.called('training.estimate').at(-1)).toMatchObject({ encoder: 'vit', taps: [4, 6, 8, 10, 12] }),
    );
  });

  it('says why a file holds no block', async () => {
    const s = new PageServices();
    s.failing.set('blocks.inspect', new UserError('file-damaged', 'its pickle asks for "io.open"', { file: 'x.pth' }));
    const { text, button } = await mountPage(TrainPage, s);
    button('Add block').click();
    await flushPromises();
    button('Choose a folder').click();
    await flushPromises();
    button('Choose this folder').click();
    await flushPromises();
    expect(text()).toContain('its pickle asks for "io.open"');
    expect(button('Add to library').disabled).toBe(true);
  });

  it('says what a first run waits for, and that another would queue behind it', async () => {
    const s = new PageServices();
    s.runs = [runSummary(1, { state: 'queued', epochsDone: 0, predictor: null })];
    s.info = { ...s.info!, probe: { ...s.info!.probe, state: 'features', done: 128, total: 779, secondsLeft: 62 } };
    const { text } = await mountPage(TrainPage, s);
    expect(text()).toContain('waits for features');
    expect(text()).toContain('computing features, 128 of 779 · 62 s left · labels stay editable');
    expect(text()).toContain('Queue another run');
    expect(text()).not.toContain('Start training');
    expect(text()).toContain('Take out of the queue');
  });

  it('pauses a run and lets it go on', async () => {
    const s = new PageServices();
    s.runs = [runSummary(2, { state: 'running', preset: 'full', epochsDone: 3 })];
    const { text, button } = await mountPage(TrainPage, s);
    s.say({ type: 'run', progress });
    await flushPromises();
    button('Pause').click();
    await flushPromises();
    s.say({ type: 'run', progress: { ...progress, paused: true } });
    await flushPromises();
    expect(text()).toContain('paused · epoch 9 of 15 · 412 MB in use · the processor is free');
    button('Go on').click();
    await flushPromises();
    expect(s.called('training.pause')).toEqual([
      { run: 'run-2', paused: true },
      { run: 'run-2', paused: false },
    ]);
    expect(button('Pause').disabled).toBe(false);
  });

  it('does not start what is refused, and says why', async () => {
    const s = new PageServices();
    const estimate = vi.spyOn(s, 'client', 'get');
    const { client } = new PageServices();
    estimate.mockReturnValue({
      ...client,
      training: {
        ...client.training,
        estimate: async (o: object) => ({ ...runEstimate(o), refused: 'class malignant has no labelled sample' }),
      },
    } as typeof client);
    const { text, button } = await mountPage(TrainPage, s);
    expect(text()).toContain('class malignant has no labelled sample');
    expect(button('Start training').disabled).toBe(true);
  });

  it('shows a running run live: epoch, time left, memory, curves with the control, and stops it keeping the best', async () => {
    const s = new PageServices();
    s.runs = [runSummary(2, { state: 'running', epochsDone: 3 }), runSummary(1, { predicting: true })];
    const { text, button } = await mountPage(TrainPage, s);
    s.say({ type: 'run', progress });
    const line = {
      part: 'chosen',
      epoch: 4,
      step: 72,
      trainLoss: 0.3,
      valLoss: 0.4,
      valAuc: 0.871,
      learningRate: 1e-3,
    };
    s.say({ type: 'run', progress: { ...progress, line, log: 'epoch 4 is the best so far' } });
    await flushPromises();
    expect(text()).toContain(
      'epoch 9 of 15 · 1.8 s left · 412 MB in use · 0.4 % of the time waiting for pictures · labels stay editable',
    );
    expect(document.querySelector('[role="progressbar"]')?.getAttribute('aria-valuenow')).toBe('60');
    const tables = [...document.querySelectorAll('figure table')].map((table) => table.textContent);
    expect(tables[1]).toContain('.871');
    expect(tables[1]).toContain('plain (control)');
    expect(document.querySelector('pre')?.textContent).toContain('epoch 4 is the best so far');
    button('Stop, keep best').click();
    await flushPromises();
    expect(s.called('training.stop')).toEqual([{ run: 'run-2' }]);
    button('Go on').click();
    await flushPromises();
    expect(s.called('training.resume')).toEqual([{ run: 'run-2' }]);
  });

  it('lists runs with what predicts now, and lets the person choose what predicts', async () => {
    const s = new PageServices();
    const outOfFold = {
      auc: 0.892,
      acc: 0.89,
      intervals: { auc: { low: 0.86, high: 0.921 }, acc: { low: 0.86, high: 0.91 } },
    };
    const scores = { probe: null, plain: { oof: outOfFold, val: null, test: null }, chosen: null };
    s.runs = [runSummary(2, { name: 'night run' }), runSummary(1, { predicting: true, scores })];
    const { text, page, button } = await mountPage(TrainPage, s);
    expect(text()).toContain('night run');
    expect(text()).toMatch(/\.892 \[\.86, \.92\]/);
    expect(text()).toContain('predicts now');
    const select = page.find<HTMLSelectElement>('.runs select');
    expect(select.findAll('option').map((o) => o.text())).toContain('run 2, outer + block');
    await select.setValue('run-2:chosen');
    button('Predict with this').click();
    await flushPromises();
    expect(s.called('training.choosePredictor')).toEqual([
      { choice: { run: 'run-2', head: 'chosen' } },
      { choice: { run: 'run-2', head: 'probe' } },
    ]);
  });

  it('keeps name and note of a run', async () => {
    const s = new PageServices();
    s.runs = [runSummary(1)];
    const { page } = await mountPage(TrainPage, s);
    await page.find('form.note input').setValue('after re-reading');
    await page.find('form.note').trigger('submit');
    await flushPromises();
    expect(s.called('training.annotate')).toEqual([{ run: 'run-1', name: 'after re-reading', note: '' }]);
  });

  it('shows why a run failed, and that it goes on from its last epoch', async () => {
    const s = new PageServices();
    s.runs = [runSummary(1, { state: 'failed', error: 'out of memory: try a smaller batch' })];
    const { text, button } = await mountPage(TrainPage, s);
    expect(text()).toContain('out of memory: try a smaller batch');
    expect(button('Go on').disabled).toBe(false);
  });

  it('says so when the runs cannot be loaded, and tries again', async () => {
    const s = new PageServices();
    s.failing.set('training.runs', new UserError('project-damaged', 'runs cannot be read'));
    const { text, button } = await mountPage(TrainPage, s);
    expect(text()).toContain('runs cannot be read');
    s.failing.clear();
    button('Try again').click();
    await flushPromises();
    expect(text()).toContain('Nothing trained yet');
  });
});
