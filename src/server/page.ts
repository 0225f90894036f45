/** What a person sees who opens the service's address. */
export const LANDING_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>presync</title></head>
<body>
<main>
<h1>presync</h1>
<p>This is a GitHub App that looks at pull requests of GitOps repositories before they are merged: what Argo CD or Flux would
apply, who built the images, and what the change is allowed to do.</p>
<p>There is nothing to do here. The results stand in the check <strong>presync</strong> of each pull request.</p>
</main>
</body>
</html>
`;
